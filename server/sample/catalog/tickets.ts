import { combinations, option, single, type SampleProduct } from './sample-product.ts';

/** Shows, games and classes. */
export const tickets: SampleProduct[] = [
  {
    slug: 'indie-band-festival-ticket',
    category: 'tickets',
    name: { ko: '강변 인디 밴드 페스티벌', en: 'Riverbank Indie Band Festival' },
    description: {
      ko: '강변 잔디밭 무대 두 곳에서 이틀 동안 열여덟 팀이 공연합니다. 돗자리와 물은 가져올 수 있고 재입장이 됩니다.',
      en: 'Eighteen bands over two days on two lawn stages by the river. Bring a mat and water; re-entry is allowed.',
    },
    price: 66000,
    status: 'ON_SALE',
    ...combinations([option(['입장일', 'Admission'], ['토요일', 'Saturday'], ['일요일', 'Sunday'], ['이틀권', 'Two-day pass'])], {
      stock: [2000, 2000, 500],
      extra: [[0, 0, 44000]],
      soldOut: [[2]],
    }),
  },
  {
    slug: 'riverside-musical-ticket',
    category: 'tickets',
    name: { ko: '창작 뮤지컬 〈마지막 나룻배〉', en: 'Musical: The Last Ferry' },
    description: {
      ko: '다리가 놓이기 전날 밤, 마지막 손님을 태운 뱃사공의 이야기입니다. 쉬는 시간 15분을 포함해 150분이며 만 8세부터 볼 수 있습니다.',
      en: 'On the night before the bridge opens, a ferryman takes his last passenger. 150 minutes with a 15-minute interval; ages 8 and up.',
    },
    price: 70000,
    status: 'ON_SALE',
    ...combinations(
      [
        option(['회차', 'Performance'], ['낮 2시', '2 p.m.'], ['저녁 7시', '7 p.m.']),
        option(['좌석', 'Seat'], ['S석', 'S seat'], ['R석', 'R seat'], ['VIP석', 'VIP seat']),
      ],
      { stock: [320, 240, 80], extra: [[], [0, 30000, 70000]], soldOut: [[1, 2]] },
    ),
  },
  {
    slug: 'evening-piano-recital-ticket',
    category: 'tickets',
    name: { ko: '저녁 일곱 시의 피아노 독주회', en: 'Piano Recital at Seven' },
    description: {
      ko: '200석 작은 홀에서 쇼팽의 녹턴과 드뷔시를 마이크 없이 듣습니다. 모든 자리가 같은 값이고 자리는 온 차례대로 고릅니다.',
      en: 'Chopin nocturnes and Debussy, unamplified, in a hall of 200. One price for every seat, chosen in order of arrival.',
    },
    price: 40000,
    status: 'ON_SALE',
    ...single(200),
  },
  {
    slug: 'weekend-baseball-ticket',
    category: 'tickets',
    name: { ko: '주말 프로야구 홈경기', en: 'Weekend Baseball Home Game' },
    description: {
      ko: '토요일 오후 5시에 시작하는 홈경기 입장권입니다. 외야석은 구역 안에서 자유롭게 앉고, 테이블석은 두 사람이 함께 씁니다.',
      en: 'Entry to the Saturday home game, first pitch at 5 p.m. Sit anywhere in the outfield section; a table seat is for two people.',
    },
    price: 12000,
    status: 'ON_SALE',
    ...combinations([option(['구역', 'Section'], ['외야석', 'Outfield'], ['내야석', 'Infield'], ['2인 테이블석', 'Table for two'])], {
      stock: [1500, 900, 40],
      extra: [[0, 6000, 68000]],
      soldOut: [[2]],
    }),
  },
  {
    slug: 'modern-art-exhibition-pass',
    category: 'tickets',
    name: { ko: '현대 미술전 〈색의 자리〉', en: 'Exhibition Pass: Where Colour Sits' },
    description: {
      ko: '국내 작가 열두 명이 색과 도형만으로 그린 회화 80점을 모았습니다. 전시 기간 가운데 하루를 골라 들어갈 수 있습니다.',
      en: 'Eighty paintings in nothing but colour and shape, by twelve Korean artists. Valid for one visit on any day of the run.',
    },
    price: 18000,
    status: 'ON_SALE',
    ...combinations([option(['구분', 'Visitor'], ['성인', 'Adult'], ['청소년', 'Youth'], ['어린이', 'Child'])], {
      stock: [1000, 600, 400],
      extra: [[0, -5000, -9000]],
    }),
  },
  {
    slug: 'pottery-one-day-class',
    category: 'tickets',
    name: { ko: '물레 도자기 하루 수업', en: 'One-Day Pottery Wheel Class' },
    description: {
      ko: '물레를 처음 돌려 보는 사람을 위한 두 시간 수업입니다. 만든 그릇 한 점은 구워서 한 달 뒤 집으로 보내 드립니다.',
      en: 'Two hours at the wheel for complete beginners. One piece you make is fired and posted to you a month later.',
    },
    price: 55000,
    status: 'ON_SALE',
    ...combinations([option(['시간', 'Session'], ['오전 11시', '11 a.m.'], ['오후 2시', '2 p.m.'], ['오후 5시', '5 p.m.'])], {
      stock: 24,
      soldOut: [[1]],
    }),
  },
];

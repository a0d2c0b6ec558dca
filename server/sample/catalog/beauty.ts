import { colour, combinations, option, single, type SampleProduct } from './sample-product.ts';

/** Skin care, make-up and scent. */
export const beauty: SampleProduct[] = [
  {
    slug: 'ceramide-moisture-cream',
    category: 'beauty',
    name: { ko: '세라마이드 수분 장벽 크림', en: 'Ceramide Barrier Cream' },
    description: {
      ko: '세라마이드와 판테놀을 담아 건조하고 당기는 피부를 하루 종일 촉촉하게 지켜 줍니다. 향료를 넣지 않았습니다.',
      en: 'Ceramides and panthenol keep dry, tight skin comfortable all day. No added fragrance.',
    },
    price: 27000,
    status: 'ON_SALE',
    ...combinations([option(['용량', 'Volume'], ['50ml', '50 ml'], ['100ml', '100 ml'])], {
      stock: [600, 350],
      extra: [[0, 17000]],
    }),
  },
  {
    slug: 'velvet-lip-tint',
    category: 'beauty',
    name: { ko: '벨벳 립 틴트', en: 'Velvet Lip Tint' },
    description: {
      ko: '가볍게 발리고 보송하게 마무리되는 틴트입니다. 입술 안쪽부터 톡톡 두드려 펴 바르면 컵에 잘 묻어나지 않습니다.',
      en: 'Goes on light and dries to a soft matte. Dab outward from the centre of the lips and it barely marks a cup.',
    },
    price: 13800,
    status: 'ON_SALE',
    ...combinations(
      [colour(['피치', 'Peach'], ['코랄', 'Coral'], ['체리', 'Cherry'], ['플럼', 'Plum'], ['브릭', 'Brick'])],
      { stock: [400, 900, 700, 250, 500], soldOut: [[2]] },
    ),
  },
  {
    slug: 'daily-mineral-sunscreen',
    category: 'beauty',
    name: { ko: '데일리 무기자차 선크림 50ml', en: 'Daily Mineral Sunscreen 50 ml' },
    description: {
      ko: 'SPF50+ PA++++ 무기 자외선 차단제로 눈이 시리지 않습니다. 은은한 살구빛이라 백탁이 거의 남지 않습니다.',
      en: 'A mineral SPF50+ PA++++ that does not sting the eyes. A faint apricot tint leaves almost no white cast.',
    },
    price: 19800,
    status: 'ON_SALE',
    ...single(1500),
  },
  {
    slug: 'rice-foam-cleanser',
    category: 'beauty',
    name: { ko: '쌀겨 버블 클렌저 200ml', en: 'Rice Bran Foam Cleanser 200 ml' },
    description: {
      ko: '이천 쌀겨 추출물을 넣은 약산성 세안제입니다. 누르면 바로 거품이 나와 손으로 비빌 필요가 없습니다.',
      en: 'A mildly acidic face wash with rice bran extract from Icheon. The pump dispenses ready-made foam, so there is no rubbing.',
    },
    price: 16900,
    status: 'ON_SALE',
    ...single(720),
  },
  {
    slug: 'green-tea-sheet-mask',
    category: 'beauty',
    name: { ko: '보성 녹차 시트 마스크', en: 'Boseong Green Tea Sheet Mask' },
    description: {
      ko: '보성 녹차 우린 물로 만든 에센스를 한 장에 25ml씩 담았습니다. 얼굴에 10분 붙였다가 남은 에센스는 두드려 흡수시키세요.',
      en: 'Each sheet is soaked in 25 ml of essence brewed from Boseong green tea. Leave on for ten minutes, then pat in what remains.',
    },
    price: 12000,
    status: 'ON_SALE',
    ...combinations([option(['구성', 'Pack'], ['10매', '10 sheets'], ['30매', '30 sheets'])], {
      stock: [800, 300],
      extra: [[0, 20000]],
    }),
  },
  {
    slug: 'fig-wood-perfume',
    category: 'beauty',
    name: { ko: '무화과 나무 오 드 퍼퓸', en: 'Fig Wood Eau de Parfum' },
    description: {
      ko: '풋풋한 무화과 잎으로 시작해 마른 삼나무 향으로 가라앉습니다. 손목에 두 번 뿌리면 여섯 시간쯤 이어집니다.',
      en: 'Opens on green fig leaf and settles into dry cedar. Two sprays on the wrist last about six hours.',
    },
    price: 78000,
    status: 'ON_SALE',
    ...combinations([option(['용량', 'Volume'], ['30ml', '30 ml'], ['50ml', '50 ml'])], {
      stock: [90, 60],
      extra: [[0, 34000]],
    }),
  },
];

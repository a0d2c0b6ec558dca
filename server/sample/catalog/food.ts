import { combinations, option, single, type SampleProduct } from './sample-product.ts';

/** Things to eat and drink. */
export const food: SampleProduct[] = [
  {
    slug: 'napa-cabbage-kimchi',
    category: 'food',
    name: { ko: '해남 배추 포기김치', en: 'Haenam Whole-Cabbage Kimchi' },
    description: {
      ko: '해남 배추를 하룻밤 절여 새우젓과 국산 고춧가루로 담갔습니다. 주문받은 다음 날 담가 아이스박스로 보냅니다.',
      en: 'Haenam cabbage brined overnight, then packed with salted shrimp and Korean chilli. Made the day after you order and shipped on ice.',
    },
    price: 13900,
    status: 'ON_SALE',
    ...combinations([option(['중량', 'Weight'], ['1kg', '1 kg'], ['3kg', '3 kg'], ['5kg', '5 kg'])], {
      stock: [300, 220, 90],
      extra: [[0, 22000, 40000]],
    }),
  },
  {
    slug: 'jeju-hallabong-box',
    category: 'food',
    name: { ko: '제주 한라봉 선물 상자', en: 'Jeju Hallabong Gift Box' },
    description: {
      ko: '나무에서 충분히 익힌 당도 13브릭스 이상의 한라봉만 골라 담습니다. 껍질이 얇아 손으로 잘 벗겨집니다.',
      en: 'Tree-ripened hallabong mandarins, picked out at 13 Brix or sweeter. The thin peel comes away by hand.',
    },
    price: 32900,
    status: 'ON_SALE',
    ...combinations([option(['중량', 'Weight'], ['3kg', '3 kg'], ['5kg', '5 kg'])], {
      stock: [160, 80],
      extra: [[0, 18000]],
      soldOut: [[1]],
    }),
  },
  {
    slug: 'drip-coffee-beans',
    category: 'food',
    name: { ko: '아침 블렌드 원두 200g', en: 'Morning Blend Coffee 200 g' },
    description: {
      ko: '에티오피아와 콜롬비아 원두를 섞어 오렌지 같은 산미와 초콜릿 여운을 냈습니다. 매주 화요일과 금요일에 볶아 그날 보냅니다.',
      en: 'Ethiopian and Colombian beans blended for orange brightness and a chocolate finish. Roasted and shipped every Tuesday and Friday.',
    },
    price: 15000,
    status: 'ON_SALE',
    ...combinations(
      [
        option(['볶음도', 'Roast'], ['중배전', 'Medium'], ['강배전', 'Dark']),
        option(['분쇄', 'Grind'], ['홀빈', 'Whole bean'], ['핸드드립', 'Pour-over'], ['모카포트', 'Moka pot']),
      ],
      { stock: [250, 180, 60] },
    ),
  },
  {
    slug: 'honey-ginger-yakgwa',
    category: 'food',
    name: { ko: '생강 꿀 약과 12개입', en: 'Honey Ginger Yakgwa, 12 Pieces' },
    description: {
      ko: '결을 살려 튀긴 뒤 생강과 조청을 끓인 즙에 이틀 담가 둔 전통 과자입니다. 전자레인지에 10초 데우면 더 쫀득합니다.',
      en: 'Traditional cookies fried in flaky layers, then steeped for two days in ginger and rice syrup. Ten seconds in the microwave makes them chewier.',
    },
    price: 18000,
    status: 'ON_SALE',
    ...single(240),
  },
  {
    slug: 'roasted-seaweed-set',
    category: 'food',
    name: { ko: '완도 구운 김 20봉', en: 'Wando Roasted Seaweed, 20 Packs' },
    description: {
      ko: '완도 앞바다에서 겨울에 딴 첫 김을 들기름과 천일염으로 두 번 구웠습니다. 한 봉지가 한 끼 분량입니다.',
      en: 'First winter harvest from the sea off Wando, roasted twice with perilla oil and sea salt. One pack is one meal.',
    },
    price: 14500,
    status: 'ON_SALE',
    ...single(1800),
  },
  {
    slug: 'wildflower-honey',
    category: 'food',
    name: { ko: '지리산 야생화 꿀 500g', en: 'Jirisan Wildflower Honey 500 g' },
    description: {
      ko: '지리산 자락에서 봄부터 여름까지 모은 꿀을 열을 가하지 않고 걸렀습니다. 나무 꿀 뜨개를 함께 드립니다.',
      en: 'Gathered on the slopes of Jirisan from spring to summer and strained without heat. Comes with a wooden dipper.',
    },
    price: 29000,
    status: 'ON_SALE',
    ...single(150),
  },
];

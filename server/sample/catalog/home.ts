import { colour, combinations, option, single, type SampleProduct } from './sample-product.ts';

/** Kitchen, bath and living room. */
export const home: SampleProduct[] = [
  {
    slug: 'stoneware-mug',
    category: 'home',
    name: { ko: '흘림유 스톤웨어 머그', en: 'Drip-Glaze Stoneware Mug' },
    description: {
      ko: '이천 가마에서 구운 350ml 머그로 흘러내린 유약 무늬가 하나하나 다릅니다. 전자레인지와 식기세척기에 쓸 수 있습니다.',
      en: 'A 350 ml mug fired in an Icheon kiln; no two drips of glaze are alike. Microwave and dishwasher safe.',
    },
    price: 22000,
    status: 'ON_SALE',
    ...combinations([colour(['청록', 'Teal'], ['밤색', 'Chestnut'], ['파랑', 'Blue'])], {
      stock: [140, 90, 110],
      soldOut: [[1]],
    }),
  },
  {
    slug: 'dimmable-table-lamp',
    category: 'home',
    name: { ko: '밝기 조절 패브릭 스탠드', en: 'Dimmable Fabric Table Lamp' },
    description: {
      ko: '줄을 당길 때마다 세 단계로 밝기가 바뀌는 침대맡 조명입니다. 2700K 전구색 LED가 들어 있어 잠들기 전에도 눈부시지 않습니다.',
      en: 'A bedside lamp that steps through three levels with each pull of the cord. The 2700 K bulb included is gentle before sleep.',
    },
    price: 58000,
    status: 'ON_SALE',
    ...single(85),
  },
  {
    slug: 'cotton-bath-towels',
    category: 'home',
    name: { ko: '40수 호텔 타월 4장', en: 'Hotel Cotton Towels, Set of 4' },
    description: {
      ko: '40수 코마사로 촘촘하게 짜 보풀이 적고 물기를 빠르게 흡수합니다. 한 장에 200g으로 묵직합니다.',
      en: 'Densely woven from combed 40-count cotton: little lint and quick to drink up water. A generous 200 g each.',
    },
    price: 33000,
    status: 'ON_SALE',
    ...combinations([colour(['네 가지 색 모음', 'Four Colours'], ['화이트', 'White'], ['그레이', 'Grey'])], {
      stock: [200, 350, 280],
    }),
  },
  {
    slug: 'enamel-stew-pot',
    category: 'home',
    name: { ko: '법랑 찌개 냄비', en: 'Enamel Stew Pot' },
    description: {
      ko: '열이 고르게 퍼지는 법랑 냄비로 인덕션에서도 씁니다. 안쪽이 흰색이라 국물 색을 보기 좋고 냄새가 배지 않습니다.',
      en: 'Enamelled steel that heats evenly and works on induction. The white interior shows the colour of the broth and holds no smells.',
    },
    price: 46000,
    status: 'ON_SALE',
    ...combinations([option(['지름', 'Diameter'], ['18cm', '18 cm'], ['22cm', '22 cm'])], {
      stock: [130, 75],
      extra: [[0, 12000]],
    }),
  },
  {
    slug: 'soy-wax-candle',
    category: 'home',
    name: { ko: '소이 왁스 캔들 220g', en: 'Soy Wax Candle 220 g' },
    description: {
      ko: '콩에서 얻은 왁스와 면 심지로 만들어 그을음이 적습니다. 40시간쯤 타며 다 쓴 유리컵은 씻어 다시 쓸 수 있습니다.',
      en: 'Soy wax and a cotton wick burn with little soot for about 40 hours. Wash the glass afterwards and keep it.',
    },
    price: 24000,
    status: 'ON_SALE',
    ...combinations([option(['향', 'Scent'], ['비 온 숲', 'Forest After Rain'], ['흰 빨래', 'Fresh Laundry'], ['유자', 'Yuzu'])], {
      stock: [90, 120, 60],
      soldOut: [[2]],
    }),
  },
  {
    slug: 'ultrasonic-humidifier',
    category: 'home',
    name: { ko: '물방울 초음파 가습기 2L', en: 'Droplet Ultrasonic Humidifier 2 L' },
    description: {
      ko: '위에서 바로 물을 붓고 손을 넣어 구석까지 닦을 수 있는 가습기입니다. 약하게 틀면 밤새 16시간을 갑니다.',
      en: 'Fill it from the top and reach inside to wipe every corner. On low it runs 16 hours, right through the night.',
    },
    price: 54000,
    status: 'ON_SALE',
    ...single(230),
  },
  {
    slug: 'monstera-potted-plant',
    category: 'home',
    name: { ko: '몬스테라 토분 화분', en: 'Monstera in a Terracotta Pot' },
    description: {
      ko: '찢어진 잎이 네 장 이상 나온 건강한 몬스테라를 토분에 심어 보냅니다. 겉흙이 마르면 듬뿍 물을 주고 밝은 그늘에 두세요.',
      en: 'A healthy monstera with at least four split leaves, potted in terracotta. Water well when the topsoil dries, and keep it in bright shade.',
    },
    price: 38000,
    status: 'ON_SALE',
    ...single(40),
  },
];

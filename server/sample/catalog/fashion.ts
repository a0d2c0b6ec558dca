import { colour, combinations, single, size, type SampleProduct } from './sample-product.ts';

/** Clothes and bags. */
export const fashion: SampleProduct[] = [
  {
    slug: 'heavy-cotton-tee',
    category: 'fashion',
    name: { ko: '헤비 코튼 포켓 티셔츠', en: 'Heavy Cotton Pocket Tee' },
    description: {
      ko: '도톰한 260g 면으로 짜서 한 장만 입어도 비치지 않습니다. 목둘레를 두 번 박아 여러 번 빨아도 늘어나지 않고, 가슴에 작은 주머니가 있습니다.',
      en: 'Knitted from dense 260 g cotton, so it never turns see-through. The double-stitched neckline keeps its shape wash after wash, and there is a small pocket on the chest.',
    },
    price: 24900,
    status: 'ON_SALE',
    ...combinations([colour(['화이트', 'White'], ['올리브', 'Olive'], ['네이비', 'Navy']), size('S', 'M', 'L', 'XL')], {
      stock: [80, 240, 300, 120],
      extra: [[], [0, 0, 0, 2000]],
      soldOut: [[0, 1], [2, 3]],
    }),
  },
  {
    slug: 'linen-shirt',
    category: 'fashion',
    name: { ko: '워싱 리넨 셔츠', en: 'Washed Linen Shirt' },
    description: {
      ko: '미리 한 번 빨아 부드럽게 만든 리넨 100% 셔츠입니다. 다림질 없이 구김을 그대로 살려 입기 좋고 한여름에도 바람이 잘 통합니다.',
      en: 'A pure linen shirt, pre-washed until soft. Skip the iron and wear the creases as they are; it stays breezy through midsummer.',
    },
    price: 59000,
    status: 'ON_SALE',
    ...combinations([colour(['하늘색', 'Sky Blue'], ['오트밀', 'Oatmeal']), size('M', 'L', 'XL')], {
      stock: [90, 110, 45],
      soldOut: [[1, 2]],
    }),
  },
  {
    slug: 'wide-denim-jeans',
    category: 'fashion',
    name: { ko: '와이드 데님 팬츠', en: 'Wide-Leg Denim Jeans' },
    description: {
      ko: '허리는 편하게 맞고 허벅지부터 일자로 떨어지는 와이드 핏입니다. 밑단을 한 번 접으면 밝은 안감이 드러납니다.',
      en: 'Easy at the waist and straight from the thigh down for a true wide leg. Turn the hem up once to show the pale reverse side.',
    },
    price: 69000,
    status: 'ON_SALE',
    ...combinations([size('26', '28', '30', '32', '34')], { stock: [40, 130, 160, 140, 60], soldOut: [[0]] }),
  },
  {
    slug: 'waffle-knit-cardigan',
    category: 'fashion',
    name: { ko: '와플 니트 가디건', en: 'Waffle-Knit Cardigan' },
    description: {
      ko: '올록볼록한 와플 조직이 공기를 머금어 가볍고 따뜻합니다. 나무 단추를 달았고, 울 세탁 코스로 집에서 빨 수 있습니다.',
      en: 'The raised waffle texture traps air, so it is warm without the weight. Finished with wooden buttons and safe on a home wool cycle.',
    },
    price: 79000,
    status: 'ON_SALE',
    ...combinations([colour(['머스터드', 'Mustard'], ['차콜', 'Charcoal']), size('S', 'M', 'L')], { stock: [35, 70, 50] }),
  },
  {
    slug: 'canvas-tote-bag',
    category: 'fashion',
    name: { ko: '선셋 캔버스 토트백', en: 'Sunset Canvas Tote' },
    description: {
      ko: '바다로 지는 해를 손으로 찍어 낸 16온스 캔버스 가방입니다. 14인치 노트북과 물병이 들어가고, 안쪽에 지퍼 주머니가 있습니다.',
      en: 'A 16 oz canvas bag hand-printed with a sun setting over the sea. It holds a 14-inch laptop and a bottle, with a zipped pocket inside.',
    },
    price: 32000,
    status: 'ON_SALE',
    ...single(420),
  },
  {
    slug: 'wool-beanie',
    category: 'fashion',
    name: { ko: '방울 골지 비니', en: 'Ribbed Bobble Beanie' },
    description: {
      ko: '메리노 울을 섞어 따갑지 않은 골지 비니입니다. 방울은 똑딱이로 떼어 낼 수 있으며, 겨울에만 판매합니다.',
      en: 'A ribbed beanie blended with merino, so it does not itch. The bobble snaps off, and we sell it in winter only.',
    },
    price: 28000,
    status: 'SUSPENDED',
    ...single(180),
  },
];

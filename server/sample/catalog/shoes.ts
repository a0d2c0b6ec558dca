import { colour, combinations, single, size, type SampleProduct } from './sample-product.ts';

/** Shoes, and what keeps them clean. */
export const shoes: SampleProduct[] = [
  {
    slug: 'limited-openrun-sneaker',
    category: 'shoes',
    name: { ko: '[50족 한정] 오픈런 하이탑 스니커즈', en: '[50 Pairs Only] Openrun High-Top Sneaker' },
    description: {
      ko: '오전 10시에 열리는 50족 한정 하이탑입니다. 10시를 가리키는 시계 태그가 달려 있고 안창에 1번부터 50번까지 번호를 새겼습니다. 265mm 한 가지로만 나오며 다시 만들지 않습니다.',
      en: 'A run of fifty high-tops that opens at 10:00 in the morning. Each carries a hang tag with its clock stopped at ten and a number from 1 to 50 inside. Made in 265 mm only, and never again.',
    },
    price: 189000,
    status: 'ON_SALE',
    ...single(50),
  },
  {
    slug: 'daily-court-sneaker',
    category: 'shoes',
    name: { ko: '데일리 코트 스니커즈', en: 'Daily Court Sneaker' },
    description: {
      ko: '소가죽 갑피에 뒤꿈치만 색을 넣은 단정한 코트화입니다. 발볼이 넉넉해 평소 신는 사이즈로 고르면 됩니다.',
      en: 'A clean court shoe in cow leather with colour only at the heel. The toe box is roomy, so order your usual size.',
    },
    price: 89000,
    status: 'ON_SALE',
    ...combinations(
      [colour(['그린 힐', 'Green Heel'], ['네이비 힐', 'Navy Heel']), size('240', '250', '260', '270', '280')],
      { stock: [60, 90, 120, 110, 40], soldOut: [[0, 2], [1, 0]] },
    ),
  },
  {
    slug: 'suede-chelsea-boots',
    category: 'shoes',
    name: { ko: '스웨이드 첼시 부츠', en: 'Suede Chelsea Boots' },
    description: {
      ko: '발수 가공한 스웨이드라 갑작스러운 비에도 얼룩이 덜 집니다. 옆의 고무 밴드와 뒤의 고리 덕분에 끈 없이 쉽게 신고 벗습니다.',
      en: 'Water-repellent suede shrugs off a sudden shower. Elastic sides and a heel loop make them easy to pull on without laces.',
    },
    price: 149000,
    status: 'ON_SALE',
    ...combinations([size('250', '260', '270', '280')], { stock: [30, 55, 55, 25], extra: [[0, 0, 0, 5000]] }),
  },
  {
    slug: 'cloud-slide-sandals',
    category: 'shoes',
    name: { ko: '구름 쿠션 슬라이드', en: 'Cloud Cushion Slides' },
    description: {
      ko: '4cm 두께의 EVA 폼이 발을 푹신하게 받쳐 줍니다. 통째로 물에 씻을 수 있어 욕실과 수영장에서도 신기 좋습니다.',
      en: 'Four centimetres of EVA foam cradle the foot. Rinse the whole slide under the tap after the pool or the bathroom.',
    },
    price: 29000,
    status: 'ON_SALE',
    ...combinations(
      [colour(['블루', 'Blue'], ['샌드', 'Sand']), size('230', '250', '270')],
      { stock: [150, 320, 280] },
    ),
  },
  {
    slug: 'trail-running-shoes',
    category: 'shoes',
    name: { ko: '능선 트레일 러닝화', en: 'Ridgeline Trail Running Shoes' },
    description: {
      ko: '5mm 돌기 밑창이 젖은 흙과 바위를 단단히 잡습니다. 발끝을 고무로 감싸 돌부리에 차여도 덜 아픕니다.',
      en: 'Five-millimetre lugs grip wet soil and rock alike. A rubber toe guard softens the stones you do not see coming.',
    },
    price: 139000,
    status: 'ON_SALE',
    ...combinations([size('250', '260', '270', '280')], { stock: [45, 80, 85, 40], soldOut: [[3]] }),
  },
  {
    slug: 'shoe-care-kit',
    category: 'shoes',
    name: { ko: '신발 관리 4종 세트', en: 'Four-Piece Shoe Care Kit' },
    description: {
      ko: '거품 세정제, 말털 브러시, 무색 구두약, 닦는 천을 한 상자에 담았습니다. 가죽과 캔버스에 쓸 수 있습니다.',
      en: 'Foam cleaner, horsehair brush, neutral polish and a buffing cloth in one box. Suits leather and canvas.',
    },
    price: 26500,
    status: 'ON_SALE',
    ...single(260),
  },
];

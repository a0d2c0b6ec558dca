import { colour, combinations, option, single, type SampleProduct } from './sample-product.ts';

/** Art, music and the outdoors. */
export const hobby: SampleProduct[] = [
  {
    slug: 'watercolor-starter-set',
    category: 'hobby',
    name: { ko: '휴대용 고체 물감 12색', en: '12-Pan Travel Watercolour Set' },
    description: {
      ko: '뚜껑이 팔레트가 되는 철제 통에 고체 물감 열두 색과 둥근 붓 한 자루를 담았습니다. 물감은 한 칸씩 따로 채울 수 있습니다.',
      en: 'Twelve pans and a round brush in a tin whose lid is the palette. Each pan can be replaced on its own.',
    },
    price: 31000,
    status: 'ON_SALE',
    ...single(170),
  },
  {
    slug: 'hinoki-jigsaw-puzzle',
    category: 'hobby',
    name: { ko: '편백나무 직소 퍼즐: 섬마을', en: 'Hinoki Jigsaw Puzzle: Island Village' },
    description: {
      ko: '편백나무 판을 레이저로 잘라 상자를 열면 나무 향이 납니다. 해와 바다, 산이 있는 섬마을 풍경을 맞춥니다.',
      en: 'Laser-cut from hinoki cypress, so the box smells of wood when opened. Build an island village of sun, sea and hills.',
    },
    price: 28000,
    status: 'ON_SALE',
    ...combinations([option(['조각 수', 'Pieces'], ['300조각', '300 pieces'], ['500조각', '500 pieces'], ['1,000조각', '1,000 pieces'])], {
      stock: [120, 150, 50],
      extra: [[0, 8000, 21000]],
    }),
  },
  {
    slug: 'compact-film-camera',
    category: 'hobby',
    name: { ko: '35mm 필름 카메라', en: '35 mm Film Camera' },
    description: {
      ko: '초점을 맞출 필요 없이 셔터만 누르면 되는 필름 카메라입니다. 플래시가 달려 있고 24장짜리 필름 한 통을 함께 드립니다.',
      en: 'A focus-free film camera: just press the shutter. It has a built-in flash and comes with one 24-exposure roll.',
    },
    price: 98000,
    status: 'ON_SALE',
    ...single(65),
  },
  {
    slug: 'beginner-concert-ukulele',
    category: 'hobby',
    name: { ko: '입문용 콘서트 우쿨렐레', en: 'Beginner Concert Ukulele' },
    description: {
      ko: '마호가니와 가문비나무로 만든 23인치 우쿨렐레입니다. 줄을 맞춰 보내며 조율기와 4주 연습 책이 들어 있습니다.',
      en: 'A 23-inch ukulele in spruce and mahogany. It arrives tuned, with a clip tuner and a four-week practice book.',
    },
    price: 87000,
    status: 'ON_SALE',
    ...single(75),
  },
  {
    slug: 'folding-camp-chair',
    category: 'hobby',
    name: { ko: '접이식 캠핑 의자', en: 'Folding Camp Chair' },
    description: {
      ko: '펼치는 데 3초면 되고 120kg까지 앉을 수 있습니다. 오른쪽 팔걸이에 컵 주머니가 있고 어깨에 메는 가방을 드립니다.',
      en: 'Opens in three seconds and carries up to 120 kg. There is a cup holder on the right arm and a shoulder bag to take it home.',
    },
    price: 42000,
    status: 'ON_SALE',
    ...combinations([colour(['청록', 'Teal'], ['모래색', 'Sand'], ['검정', 'Black'])], {
      stock: [180, 140, 220],
      extra: [[0, 0, -3000]],
    }),
  },
  {
    slug: 'crochet-yarn-kit',
    category: 'hobby',
    name: { ko: '코바늘 첫걸음 실 세트', en: 'First Crochet Yarn Kit' },
    description: {
      ko: '면사 세 타래와 5mm 코바늘, 영상으로 이어지는 도안이 들어 있습니다. 컵 받침 네 개를 주말 안에 뜰 수 있습니다.',
      en: 'Three balls of cotton yarn, a 5 mm hook and patterns with video lessons. Enough for four coasters in a weekend.',
    },
    price: 23500,
    status: 'ON_SALE',
    ...single(200),
  },
  {
    slug: 'dot-grid-notebook',
    category: 'hobby',
    name: { ko: '도트 그리드 하드커버 노트', en: 'Dot-Grid Hardcover Notebook' },
    description: {
      ko: '5mm 점 눈금을 옅게 찍은 192쪽 노트로 180도로 펼쳐집니다. 100g 종이라 만년필 잉크가 뒤로 배지 않습니다.',
      en: 'A lay-flat notebook of 192 pages with a faint 5 mm dot grid. The 100 g paper keeps fountain-pen ink from bleeding through.',
    },
    price: 9800,
    status: 'ON_SALE',
    ...single(1200),
  },
];

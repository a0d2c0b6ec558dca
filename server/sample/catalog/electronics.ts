import { colour, combinations, option, single, type SampleProduct } from './sample-product.ts';

/** Small electronics. */
export const electronics: SampleProduct[] = [
  {
    slug: 'quiet-wireless-headphones',
    category: 'electronics',
    name: { ko: '콰이어트 노이즈 캔슬링 헤드폰', en: 'Quiet Noise-Cancelling Headphones' },
    description: {
      ko: '지하철 소음을 줄여 주는 무선 헤드폰으로 한 번 충전하면 40시간을 듣습니다. 단단한 지퍼 케이스와 유선 케이블이 들어 있습니다.',
      en: 'Wireless headphones that hush the subway and play for 40 hours on a charge. A hard zip case and an audio cable are in the box.',
    },
    price: 219000,
    status: 'ON_SALE',
    ...combinations([colour(['미드나이트', 'Midnight'], ['크림', 'Cream'])], { stock: [120, 70] }),
  },
  {
    slug: 'everyday-wireless-earbuds',
    category: 'electronics',
    name: { ko: '에브리데이 무선 이어폰', en: 'Everyday Wireless Earbuds' },
    description: {
      ko: '한쪽 무게가 4g이라 오래 껴도 귀가 편합니다. 케이스까지 합쳐 28시간 재생하고 가벼운 비와 땀에도 견딥니다.',
      en: 'At 4 g a side they are easy to forget. 28 hours of play with the case, and safe in sweat or light rain.',
    },
    price: 69000,
    status: 'ON_SALE',
    ...single(540),
  },
  {
    slug: 'tactile-mechanical-keyboard',
    category: 'electronics',
    name: { ko: '톡톡 기계식 키보드', en: 'Tok-Tok Mechanical Keyboard' },
    description: {
      ko: '숫자판을 덜어 책상을 넓게 쓰는 소형 기계식 키보드입니다. 스위치를 납땜 없이 뽑아 바꿀 수 있고 키캡은 한글과 영문이 이중사출로 새겨져 있습니다.',
      en: 'A compact mechanical board without the number pad. Switches pull out with no soldering, and the double-shot keycaps carry Hangul and Latin legends.',
    },
    price: 119000,
    status: 'ON_SALE',
    ...combinations(
      [
        option(['스위치', 'Switch'], ['적축 (리니어)', 'Red (linear)'], ['갈축 (택타일)', 'Brown (tactile)'], ['청축 (클릭)', 'Blue (clicky)']),
        colour(['블루', 'Blue'], ['아이보리', 'Ivory']),
      ],
      { stock: [60, 45], extra: [[], [0, 5000]], soldOut: [[1, 0]] },
    ),
  },
  {
    slug: 'slim-power-bank',
    category: 'electronics',
    name: { ko: '슬림 보조배터리', en: 'Slim Power Bank' },
    description: {
      ko: '두께 14mm로 주머니에 들어가며 USB-C로 30W 고속 충전을 합니다. 남은 양을 네 칸의 불빛으로 보여 줍니다.',
      en: 'Pocket-thin at 14 mm, with 30 W fast charging over USB-C. Four lights show how much is left.',
    },
    price: 34900,
    status: 'ON_SALE',
    ...combinations([option(['용량', 'Capacity'], ['10,000mAh', '10,000 mAh'], ['20,000mAh', '20,000 mAh'])], {
      stock: [400, 200],
      extra: [[0, 15000]],
    }),
  },
  {
    slug: 'pocket-bluetooth-speaker',
    category: 'electronics',
    name: { ko: '포켓 블루투스 스피커', en: 'Pocket Bluetooth Speaker' },
    description: {
      ko: '손바닥만 한 크기에 방수 등급 IPX7이라 욕실이나 물가에서도 씁니다. 두 대를 이으면 스테레오가 됩니다.',
      en: 'Palm-sized and rated IPX7, so it can come to the shower or the riverside. Pair two for stereo.',
    },
    price: 49000,
    status: 'ON_SALE',
    ...single(310),
  },
  {
    slug: 'foldable-desk-fan',
    category: 'electronics',
    name: { ko: '저소음 탁상 선풍기', en: 'Low-Noise Desk Fan' },
    description: {
      ko: '1단에서 도서관만큼 조용한 22dB로 돌아가는 탁상 선풍기입니다. 목이 접혀 서랍에 들어가고 USB-C로 충전합니다.',
      en: 'A desk fan that turns at a library-quiet 22 dB on its lowest speed. The neck folds flat for the drawer and it charges over USB-C.',
    },
    price: 37500,
    status: 'ON_SALE',
    ...single(680),
  },
];

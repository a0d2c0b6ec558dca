/** Where a value for the next request comes from: a runtime expression of OpenAPI. */
type Expression = `$${'request' | 'response'}.${string}`;
type Value = Expression | number | readonly Value[] | { readonly [field: string]: Value };

/** What can be done next with an answer. */
export interface Link {
  operationId: string;
  parameters?: Record<string, Expression>;
  requestBody?: Value;
}

const next = (operationId: string, parameters: Record<string, Expression>, requestBody?: Value): Link => ({
  operationId,
  parameters,
  ...(requestBody !== undefined && { requestBody }),
});

const order = (orderId: Expression): Link[] => [
  next('getOrder', { orderId }),
  next('payOrder', { orderId }),
  next('cancelOrder', { orderId }),
  next('adminGetOrder', { orderId }),
  next('adminMoveDelivery', { orderId }),
  next('adminCancelOrder', { orderId }),
];
const newOrder = { 201: order('$response.body#/orderId') };
const listedOrders = { 200: order('$response.body#/0/orderId') };

const cart = {
  200: [
    next('changeCartItem', { cartItemId: '$response.body#/items/0/cartItemId' }),
    next('removeFromCart', { cartItemId: '$response.body#/items/0/cartItemId' }),
    next('orderCart', {}, { cartItemIds: ['$response.body#/items/0/cartItemId'] }),
  ],
};

const variant = (variantId: Expression): Link[] => [
  next('adminChangeVariant', { variantId }),
  next('adminAdjustStock', { variantId }),
  next('adminListStockMovements', { variantId }),
];
const managedProduct = (productId: Expression): Link[] => [
  next('adminGetProduct', { productId }),
  next('adminChangeProduct', { productId }),
  next('adminAddVariant', { productId }),
  next('getProduct', { productId }),
];

const managedCoupon = (couponId: Expression): Link[] => [
  next('adminGetCoupon', { couponId }),
  next('adminChangeCoupon', { couponId }),
  next('adminListCouponsOfCampaign', { couponId }),
  next('issueCoupon', { couponId }),
];

const managedUser = (userId: Expression): Link[] => [
  next('adminGetUser', { userId }),
  next('adminListWalletTransactions', { userId }),
  next('adminAdjustWallet', { userId }),
];

const line = { productId: '$response.body#/productId', variantId: '$response.body#/variants/0/variantId', quantity: 1 } as const;
const oneLine = { items: [line] } as const;
const tokens = {
  200: [
    next('refresh', {}, { refreshToken: '$response.body#/refreshToken' }),
    next('logOut', {}, { refreshToken: '$response.body#/refreshToken' }),
  ],
};

/**
 * What can follow what, by operation and status: which value of an answer is which parameter of another operation. Part of the OpenAPI
 * document, where tools find the way from a product to a paid order by them.
 */
export const links: Record<string, Record<number, Link[]>> = {
  register: { 201: [next('logIn', {}, { email: '$request.body#/email', password: '$request.body#/password' })] },
  logIn: tokens,
  refresh: tokens,
  listProducts: { 200: [next('getProduct', { productId: '$response.body#/0/productId' })] },
  listTopProducts: { 200: [next('getProduct', { productId: '$response.body#/0/productId' })] },
  getProduct: {
    200: [
      next('addToCart', {}, line),
      next('placeOrder', {}, oneLine),
      next('holdOrder', {}, oneLine),
      next('watchCounts', { variants: '$response.body#/variants/0/variantId' }),
    ],
  },
  listCoupons: {
    200: [next('getCoupon', { couponId: '$response.body#/0/couponId' }), next('issueCoupon', { couponId: '$response.body#/0/couponId' })],
  },
  getCoupon: { 200: [next('issueCoupon', { couponId: '$response.body#/couponId' }), next('watchCounts', { coupons: '$response.body#/couponId' })] },
  getCart: cart,
  addToCart: cart,
  changeCartItem: cart,
  placeOrder: newOrder,
  holdOrder: newOrder,
  orderCart: newOrder,
  listOrders: listedOrders,
  adminListOrders: listedOrders,
  adminListProducts: { 200: managedProduct('$response.body#/0/productId') },
  adminCreateProduct: { 201: [...managedProduct('$response.body#/productId'), ...variant('$response.body#/variants/0/variantId')] },
  adminGetProduct: { 200: variant('$response.body#/variants/0/variantId') },
  adminAddVariant: { 201: variant('$response.body#/variantId') },
  adminListCoupons: { 200: managedCoupon('$response.body#/0/couponId') },
  adminCreateCoupon: { 201: managedCoupon('$response.body#/couponId') },
  adminListUsers: { 200: managedUser('$response.body#/0/userId') },
};

import type { AuditCheck } from './audit.ts';

/** Wallets against their transactions. */
export const moneyChecks: AuditCheck[] = [
  {
    name: 'wallet-balance',
    holds: 'A balance is the sum of its transactions.',
    rows: `
      SELECT w.user_id AS id, CASE WHEN w.balance <> coalesce(t.total, 0)
        THEN format('balance %s, transactions %s', w.balance, coalesce(t.total, 0)) END AS difference
      FROM wallets w LEFT JOIN (SELECT user_id, sum(amount) AS total FROM wallet_transactions GROUP BY user_id) t USING (user_id)`,
  },
  {
    name: 'wallet-chain',
    holds: 'Each transaction begins where the one before it ended.',
    rows: `
      SELECT id, CASE WHEN balance_before <> expected OR balance_after <> balance_before + amount
        THEN format('wallet %s: before %s, expected %s, after %s', user_id, balance_before, expected, balance_after) END AS difference
      FROM (SELECT *, lag(balance_after, 1, 0::bigint) OVER (PARTITION BY user_id ORDER BY id) AS expected FROM wallet_transactions) t`,
  },
  {
    name: 'user-wallet',
    holds: 'Every user has a wallet.',
    rows: `
      SELECT u.id, CASE WHEN w.user_id IS NULL THEN 'no wallet' END AS difference
      FROM users u LEFT JOIN wallets w ON w.user_id = u.id`,
  },
  {
    name: 'order-debit',
    holds: 'A paid order has one debit of its total, and no other order has one.',
    rows: `
      SELECT o.id, CASE WHEN coalesce(t.debit, 0) <> expected OR coalesce(t.debits, 0) <> (CASE WHEN expected > 0 THEN 1 ELSE 0 END)
        THEN format('total %s, %s debits of %s', expected, coalesce(t.debits, 0), coalesce(t.debit, 0)) END AS difference
      FROM (SELECT id, CASE WHEN paid_at IS NOT NULL THEN total_price ELSE 0 END AS expected FROM orders) o
      LEFT JOIN (SELECT order_id, -sum(amount) AS debit, count(*) AS debits FROM wallet_transactions WHERE type = 'PAYMENT' GROUP BY order_id) t
        ON t.order_id = o.id`,
  },
  {
    name: 'order-refund',
    holds: 'A paid order that was cancelled has one refund of its total, and no other order has one.',
    rows: `
      SELECT o.id, CASE WHEN coalesce(t.refund, 0) <> expected OR coalesce(t.refunds, 0) <> (CASE WHEN expected > 0 THEN 1 ELSE 0 END)
        THEN format('to refund %s, %s refunds of %s', expected, coalesce(t.refunds, 0), coalesce(t.refund, 0)) END AS difference
      FROM (SELECT id, CASE WHEN paid_at IS NOT NULL AND status = 'CANCELLED' THEN total_price ELSE 0 END AS expected FROM orders) o
      LEFT JOIN (SELECT order_id, sum(amount) AS refund, count(*) AS refunds FROM wallet_transactions WHERE type = 'REFUND' GROUP BY order_id) t
        ON t.order_id = o.id`,
  },
];

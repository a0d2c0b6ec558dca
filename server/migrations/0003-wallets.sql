-- One prepaid wallet for each user. The upper limit of the balance is a setting, so only the lower one is a constraint.

CREATE TABLE wallets (
  user_id    uuid PRIMARY KEY REFERENCES users (id),
  balance    bigint NOT NULL CHECK (balance >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);

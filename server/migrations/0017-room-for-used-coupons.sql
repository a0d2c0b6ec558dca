-- Coupons that were issued one after another are used one after another, too: a page has room for the new version of each of its rows.
ALTER TABLE issued_coupons SET (fillfactor = 45);

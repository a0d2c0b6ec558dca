-- exception: the new index stands for the rule already, so both changes are done at once, in the catalog only
ALTER TABLE issued_coupons
  DROP CONSTRAINT issued_coupons_one_per_user,
  ADD CONSTRAINT issued_coupons_one_per_user UNIQUE USING INDEX issued_coupons_one_of_each;

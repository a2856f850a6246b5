-- Which keys the database needs is asked at every start, and a rotation takes one key's rows after
-- the other: neither has to read every row for it. An envelope names its key in its bytes 2 to 9, the
-- salt of a set of backup codes in its first eight.

CREATE INDEX totps_sealing_key_idx ON totps (substr(sealed_secret, 2, 8), id);
CREATE INDEX backup_code_sets_key_idx ON backup_code_sets (substr(salt, 1, 8));

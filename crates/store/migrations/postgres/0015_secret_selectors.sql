-- By which a client secret is found among the others of its application before anything is hashed. Secrets
-- of before have none, and are told apart by their hint.
ALTER TABLE credential ADD COLUMN selector text COLLATE "C";

-- A role or a scope that goes takes its role scopes with it: they are found by either.
CREATE INDEX role_scope_role ON role_scope (tenant, role_id);
CREATE INDEX role_scope_scope ON role_scope (tenant, scope_id);

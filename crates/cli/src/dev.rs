//! What is fixed in development mode, so that scripts and documentation can name it. None of it
//! exists outside `--dev`.

pub const TENANT: &str = "11111111-1111-4111-8111-111111111111";
pub const APPLICATION: &str = "22222222-2222-4222-8222-222222222222";
pub const SECRET: &str = "doorward-dev-secret";
pub const PASSWORD: &str = "doorward-dev";
pub const ADMIN: &str = "admin@doorward.test";
pub const USER: &str = "ada@doorward.test";

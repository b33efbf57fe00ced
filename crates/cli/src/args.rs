//! The command line, in words for somebody who sees it for the first time.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use uuid::Uuid;

#[derive(Debug, Parser)]
#[command(
    name = "doorward",
    version,
    about = "Entitlement management on your own machines, spoken in Microsoft Graph",
    long_about = "Doorward decides who may hold which access, for how long, and which two must never meet in one \
                  hand. It answers the entitlement-management part of the Microsoft Graph API (v1.0 and beta), so \
                  SDKs, scripts and Terraform written for it work against Doorward.",
    after_help = "Start here:\n  doorward serve --dev     a server with a sample organization; needs no configuration\n  \
                  doorward token           a bearer token from it\n  \
                  doorward clock advance   its tenants' time, moved\n\n\
                  Settings come from doorward.toml, then DOORWARD_* variables, then flags; the last one wins.",
    disable_help_subcommand = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(ServeArgs),
    /// Print a bearer token from a server that runs with --dev
    #[command(after_help = TOKEN_EXAMPLES)]
    Token(TokenArgs),
    /// Show or move a tenant's time on a server that runs with --dev
    ///
    /// Expiry, escalation, time-outs and all that the API shows follow the tenant's time; tokens, secrets and
    /// certificates stay in real time. Prints the tenant's time once what is due by then has been done.
    #[command(subcommand, arg_required_else_help = true, after_help = CLOCK_EXAMPLES)]
    Clock(ClockCommand),
    /// Bring the database to the schema of this version, and exit
    ///
    /// `serve` does the same when it starts. Run this first where several servers share one PostgreSQL.
    #[command(after_help = "Example:\n  doorward migrate --database postgres://doorward@db.internal/doorward")]
    Migrate(StoreArgs),
    /// Look whether the data keeps its promises, and list what breaks one; exit status 1 then
    ///
    /// Reads only, and may run beside a server.
    #[command(after_help = "Example:\n  doorward check --database postgres://doorward@db.internal/doorward")]
    Check(StoreArgs),
    /// Show the settings `serve` would use and where each comes from, or everything wrong with them
    ///
    /// Takes the flags of `serve`, starts nothing and touches nothing. Secrets are masked.
    #[command(after_help = "Example:\n  doorward check-config --config /etc/doorward.toml")]
    CheckConfig(ServeArgs),
    /// Create, list and delete tenants
    ///
    /// One server holds many tenants; they never see each other.
    #[command(subcommand, arg_required_else_help = true)]
    Tenant(TenantCommand),
    /// Create and list the applications that may sign in, and renew their secrets
    #[command(subcommand, arg_required_else_help = true)]
    Client(ClientCommand),
    /// Show or renew the secret by which a custom extension knows that it is Doorward who calls
    #[command(subcommand, arg_required_else_help = true)]
    Extension(ExtensionCommand),
    /// Print a completion script for your shell
    #[command(
        after_help = "Example:\n  doorward completions bash > ~/.local/share/bash-completion/completions/doorward"
    )]
    Completions {
        #[arg(value_enum)]
        shell: Shell,
    },
}

const SERVE_EXAMPLES: &str = "\
Examples:
  doorward serve --dev                         try it: sample organization in ./doorward-data
  doorward serve --dev --ephemeral             the same, and all of it goes when the server stops
  doorward serve --dev --http off --https 127.0.0.1:8443 --https 127.0.0.1:443
  doorward serve --config /etc/doorward.toml   for real; `doorward check-config` shows what that means";

const TENANT_EXAMPLES: &str = "\
Examples:
  doorward tenant create Contoso --domain contoso.example
  doorward tenant create Contoso --domain contoso.example --admin root@contoso.example --password-stdin <secret.txt";

/// Graph's own life of a secret for which no end is named: two years.
const SECRET_DAYS: i64 = 730;
/// A century is as good as for ever, and fits every clock.
const SECRET_DAYS_MAX: i64 = 36_500;

fn life() -> clap::builder::RangedI64ValueParser<i64> {
    clap::value_parser!(i64).range(1..=SECRET_DAYS_MAX)
}

const TOKEN_EXAMPLES: &str = "\
Examples:
  doorward token                               as the application, with every permission it has
  doorward token --role Group.Read.All         as the application, with this app role alone
  doorward token --user ada@doorward.test      as a user, without asking for the password
  doorward token --user eve@doorward.test --scope 'User.Read EntitlementManagement.Read.All'
  curl -H \"Authorization: Bearer $(doorward token)\" http://localhost:8080/v1.0/users";

const CLOCK_EXAMPLES: &str = "\
Examples:
  doorward clock show                          what time it is for the sample organization
  doorward clock advance 14d                   two weeks later; also 36h, 90m, \"1w 2d\", P1M
  doorward clock set 2027-01-31T09:00:00Z      on to that time
  doorward clock reset                         back to real time; what has happened stays
  doorward clock advance 8h --tenant contoso.example";

/// Where the data is: what every command that opens the database takes.
#[derive(Debug, Clone, Default, Args)]
pub struct StoreArgs {
    /// Settings file [default: ./doorward.toml, if there is one]
    #[arg(long, env = "DOORWARD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder for the embedded database, certificates and env.sh [default: ./doorward-data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// SQLite file, or postgres://user:password@host/name [default: doorward.db in the data folder]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    /// Development: a sample organization, well-known secrets, tokens without a password. Never for real data
    #[arg(long)]
    pub dev: bool,
    #[command(flatten)]
    pub store: StoreArgs,
    /// Keep the data folder in a temporary place and remove it at the end
    #[arg(long, conflicts_with = "data")]
    pub ephemeral: bool,
    /// Listen for plain HTTP here; may be repeated; `off` for not at all [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub http: Vec<String>,
    /// Listen for HTTPS here; may be repeated; `off` for not at all [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDRESS")]
    pub https: Vec<String>,
    /// What to log: error, warn, info, debug, trace, or a filter such as info,server=debug [default: info]
    #[arg(long, value_name = "LEVEL")]
    pub log: Option<String>,
    /// How to log [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// Which running server to ask.
#[derive(Debug, Clone, Args)]
pub struct ServerArgs {
    /// The server
    #[arg(long, env = "DOORWARD_URL", default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// Certificate authority to trust for https [default: ./doorward-data/ca.pem, if there is one]
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct TokenArgs {
    #[command(flatten)]
    pub server: ServerArgs,
    /// For this user, by sign-in name or object id [default: for the application itself]
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Only these delegated permissions; repeat, or give several in one argument [default: all]
    #[arg(long, value_name = "SCOPE", requires = "user")]
    pub scope: Vec<String>,
    /// Only these app roles; repeat, or give several in one argument [default: all]
    #[arg(long, value_name = "ROLE", conflicts_with = "user")]
    pub role: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub struct ClockArgs {
    /// The tenant, by id or domain [default: the sample organization]
    #[arg(long)]
    pub tenant: Option<String>,
    #[command(flatten)]
    pub server: ServerArgs,
}

#[derive(Debug, Subcommand)]
pub enum ClockCommand {
    /// Print the tenant's time
    Show {
        #[command(flatten)]
        clock: ClockArgs,
    },
    /// Move the tenant's time forward by a span
    #[command(after_help = "Example:\n  doorward clock advance 14d")]
    Advance {
        /// How far: 14d, 36h, 90m, 1w, PT5M; months and years as P1M and P1Y
        #[arg(allow_hyphen_values = true)]
        span: String,
        #[command(flatten)]
        clock: ClockArgs,
    },
    /// Move the tenant's time forward to an instant
    #[command(after_help = "Example:\n  doorward clock set 2027-01-31T09:00:00Z")]
    Set {
        /// An instant that the tenant hasn't reached: 2027-01-31T09:00:00Z
        instant: String,
        #[command(flatten)]
        clock: ClockArgs,
    },
    /// Bring the tenant back to real time; what happened in its future stays as it is
    Reset {
        #[command(flatten)]
        clock: ClockArgs,
    },
}

#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Create a tenant and print its id
    #[command(after_help = TENANT_EXAMPLES)]
    Create {
        /// What people call it
        name: String,
        /// Its default domain; users sign in as somebody@DOMAIN
        #[arg(long)]
        domain: String,
        /// Its id [default: a new one]
        #[arg(long, value_name = "UUID")]
        id: Option<Uuid>,
        /// Its first user, who becomes Global Administrator: somebody@DOMAIN
        #[arg(long, value_name = "NAME")]
        admin: Option<String>,
        /// Read that user's password from standard input [default: a new one, printed once]
        #[arg(long, requires = "admin")]
        password_stdin: bool,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// List the tenants
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Delete a tenant with everything in it
    #[command(after_help = "Example:\n  doorward tenant delete contoso.example --yes")]
    Delete {
        /// Its id or one of its domains
        tenant: String,
        /// Do it; without this flag the command only says what would go
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, Subcommand)]
pub enum ExtensionCommand {
    /// Print the secret that signs what an extension is sent
    #[command(after_help = "Example:\n  doorward extension secret 5f0c… --tenant contoso.example")]
    Secret {
        /// Its id
        extension: Uuid,
        /// The tenant, by id or domain
        #[arg(long)]
        tenant: String,
        /// Make a new one first; what is sent from then on is signed with it
        #[arg(long)]
        new: bool,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Create an application with its service principal, and print its id and its secret, once
    #[command(after_help = "Example:\n  doorward client create \"HR sync\" --tenant contoso.example \\\n    \
                            --role EntitlementManagement.ReadWrite.All --role User.Read.All")]
    Create {
        /// What people call it
        name: String,
        /// The tenant, by id or domain
        #[arg(long)]
        tenant: String,
        /// App role to grant; repeat, or give several in one argument
        #[arg(long, value_name = "ROLE", conflicts_with = "public")]
        role: Vec<String>,
        /// Delegated permission to consent to for all users; repeat, or give several in one argument
        #[arg(long, value_name = "SCOPE")]
        scope: Vec<String>,
        /// Where the sign-in page may send people back to; may be repeated
        #[arg(long, value_name = "URL")]
        redirect_uri: Vec<String>,
        /// A program on people's machines, which cannot keep a secret: none is made
        #[arg(long)]
        public: bool,
        /// How many days the secret is good for
        #[arg(long, value_name = "DAYS", default_value_t = SECRET_DAYS, value_parser = life(), conflicts_with = "public")]
        secret_life: i64,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// List the applications of a tenant
    List {
        /// The tenant, by id or domain
        #[arg(long)]
        tenant: String,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Make a new secret for an application, and print it, once
    #[command(after_help = "Example:\n  doorward client rotate 5f0c… --tenant contoso.example --keep-old")]
    Rotate {
        /// Its application (client) id
        client: Uuid,
        /// The tenant, by id or domain
        #[arg(long)]
        tenant: String,
        /// Leave the secrets it has valid, for a change without a gap
        #[arg(long)]
        keep_old: bool,
        /// How many days the new secret is good for
        #[arg(long, value_name = "DAYS", default_value_t = SECRET_DAYS, value_parser = life())]
        secret_life: i64,
        #[command(flatten)]
        store: StoreArgs,
    },
}

/// `--role "A B" --role C` is A, B and C.
pub fn words(given: &[String]) -> Vec<String> {
    given.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn lists_repeat_or_come_in_one_text() {
        let cli = Cli::try_parse_from(["doorward", "token", "--role", "A.Read B.Read", "--role", "C.Read"]).unwrap();
        let Command::Token(token) = cli.command else { panic!("{cli:?}") };
        assert_eq!(words(&token.role), ["A.Read", "B.Read", "C.Read"]);
    }

    #[test]
    fn a_folder_that_stays_and_one_that_goes_exclude_each_other() {
        assert!(Cli::try_parse_from(["doorward", "serve", "--ephemeral", "--data", "here"]).is_err());
    }

    #[test]
    fn every_flag_of_every_command_has_words() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for flag in command.get_arguments().filter(|flag| flag.get_long().is_some() && !flag.is_global_set()) {
                assert!(flag.get_help().is_some(), "{} --{:?}", command.get_name(), flag.get_long());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}

//! The data set: a database that the real program made, filled by bulk inserts with the columns that
//! its own writes fill. Kept between runs, since a million users take a while. Every id follows from
//! a number, so that nothing has to be looked up.

use crate::child::Server;
use crate::client::{Request, ask};
use crate::{Failure, table};
use rusqlite::{Connection, params};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use uuid::{Builder, Uuid, uuid};

pub const TENANT: Uuid = uuid!("11111111-1111-4111-8111-111111111111");
pub const CATALOGS: u32 = 200;
/// Members of group 0: more than a page.
pub const LARGE_GROUP: u32 = 1_000;
const MEMBERS: u32 = 20;
/// Changes when the rows of a data set do.
const FORMAT: u32 = 1;
/// 2026-01-01, in milliseconds: when everything here was made.
const MADE_AT: u64 = 1_767_225_600_000;

const GIVEN: &[&str] = &[
    "Ada", "Amir", "Anna", "Ben", "Bao", "Cho", "Dan", "Elif", "Eve", "Femi", "Grace", "Hugo", "Ines", "Jan", "Kaya",
    "Lena", "Mara", "Nils", "Omar", "Pia", "Rosa", "Sam", "Tove", "Uma", "Vera", "Yara", "Zoe",
];
const SURNAME: &[&str] = &[
    "Achterberg",
    "Bakker",
    "Chanda",
    "Dekker",
    "Evers",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ivanov",
    "Jansen",
    "Kowalski",
    "Lindberg",
    "Moreau",
    "Novak",
    "Okafor",
    "Petrov",
    "Rossi",
    "Silva",
    "Tanaka",
    "Visser",
    "Weber",
    "Yilmaz",
    "Zhang",
];
const CITY: &[&str] = &["Amsterdam", "Berlin", "Lagos", "Lisbon", "Osaka", "Oslo", "Pune", "Quito", "Riga", "Vienna"];
const COUNTRY: &[&str] = &["NL", "DE", "NG", "PT", "JP", "NO", "IN", "EC", "LV", "AT"];
const DEPARTMENT: &[&str] = &["Audit", "Finance", "IT", "Legal", "Logistics", "Research", "Sales", "Support"];
const TITLE: &[&str] = &["Analyst", "Auditor", "Clerk", "Director", "Engineer", "Manager", "Treasurer"];
const WORK: &[&str] = &["Enter payments", "Release payments", "Team site", "Read ledger", "Approve leave"];

/// How large a data set is, and where it lies.
#[derive(Debug, Clone)]
pub struct Data {
    pub users: u32,
    pub packages: u32,
    pub folder: PathBuf,
}

#[derive(Debug, Clone, Copy)]
enum Made {
    User = 1,
    Group,
    Catalog,
    Package,
    Audit,
}

fn id(made: Made, number: u32) -> Uuid {
    // Scrambled, but the same each time: what follows the time in an id tells nothing of its order.
    let mixed = (u64::from(number) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut rest = [made as u8; 10];
    for (to, from) in rest.iter_mut().zip(mixed.to_be_bytes()) {
        *to = from;
    }
    Builder::from_unix_timestamp_millis(MADE_AT + u64::from(number), &rest).into_uuid()
}

impl Data {
    pub fn groups(&self) -> u32 {
        self.users / 20
    }

    pub fn group(&self, number: u32) -> Uuid {
        id(Made::Group, number % self.groups().max(1))
    }

    pub fn package(&self, number: u32) -> Uuid {
        id(Made::Package, number % self.packages.max(1))
    }

    pub fn catalog(&self, number: u32) -> Uuid {
        id(Made::Catalog, number % CATALOGS)
    }

    pub fn user(&self, number: u32) -> Uuid {
        id(Made::User, number % self.users.max(1))
    }

    pub fn file(&self) -> PathBuf {
        self.folder.join("doorward.db")
    }

    /// The data set of this size; made when it isn't there.
    pub async fn prepare(program: &Path, root: &Path, users: u32, packages: u32) -> Result<Data, Failure> {
        let data = Data { users, packages, folder: root.join(format!("{users}-{packages}")) };
        let complete = data.folder.join("complete");
        if fs::read_to_string(&complete).is_ok_and(|format| format == FORMAT.to_string()) {
            data.clean()?;
            return Ok(data);
        }
        if data.folder.exists() {
            fs::remove_dir_all(&data.folder)?;
        }
        fs::create_dir_all(&data.folder)?;
        let began = Instant::now();
        table::note(&format!("making a directory of {users} users in {}", data.folder.display()));
        let mut server = Server::doorward(program, &data.folder)?;
        server.ready().await?;
        // The sample organization stands once this is answered.
        ask(server.address, &Request::new("GET", "/readyz", &[], "")).await?;
        drop(server);
        data.fill()?;
        fs::write(&complete, FORMAT.to_string())?;
        table::note(&format!("done in {} s", began.elapsed().as_secs()));
        Ok(data)
    }

    pub fn open(&self) -> Result<Connection, Failure> {
        let connection = Connection::open(self.file())?;
        connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        Ok(connection)
    }

    /// Takes away what earlier measurements wrote.
    pub fn clean(&self) -> Result<(), Failure> {
        self.open()?.execute_batch(
            "BEGIN; DELETE FROM incompatible_group; DELETE FROM audit WHERE activity = 'Create incompatible group';
             COMMIT; PRAGMA wal_checkpoint(TRUNCATE);",
        )?;
        Ok(())
    }

    fn fill(&self) -> Result<(), Failure> {
        let mut connection = self.open()?;
        // Whoever stops it begins anew, so nothing is written twice, and nothing waits for the disk.
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA foreign_keys = OFF; PRAGMA cache_size = -400000; PRAGMA temp_store = MEMORY; PRAGMA threads = 4;",
        )?;
        let indexes = indexes(&connection)?;
        for (name, _) in &indexes {
            connection.execute_batch(&format!("DROP INDEX {name}"))?;
        }
        let rows = connection.transaction()?;
        self.users_into(&rows)?;
        self.groups_into(&rows)?;
        self.packages_into(&rows)?;
        rows.commit()?;
        // Sorting once is much quicker than keeping order row by row.
        for (_, sql) in &indexes {
            connection.execute_batch(sql)?;
        }
        connection.execute_batch("PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL; SELECT 1 FROM tenant;")?;
        drop(connection);
        // What waits in the machine's memory must not be written out under the first measurement.
        fs::File::open(self.file())?.sync_all()?;
        Ok(())
    }

    fn users_into(&self, rows: &Connection) -> Result<(), Failure> {
        let folded = [
            "display_name",
            "mail",
            "mail_nickname",
            "user_principal_name",
            "given_name",
            "surname",
            "job_title",
            "department",
            "city",
            "country",
            "company_name",
            "employee_id",
            "office_location",
            "usage_location",
            "user_type",
        ];
        let mut insert = rows.prepare(&insert_folded(
            "directory_object",
            &["tenant", "id", "kind", "created_at", "account_enabled", "doc"],
            &folded,
        ))?;
        for number in 0..self.users {
            let at = number as usize;
            let (given, surname) = (pick(GIVEN, at), pick(SURNAME, at / GIVEN.len()));
            let nickname = format!("{}.{}.{number}", given.to_lowercase(), surname.to_lowercase());
            let name = format!("{nickname}@doorward.test");
            let values = [
                format!("{given} {surname} {number}"),
                name.clone(),
                nickname,
                name,
                given.to_owned(),
                surname.to_owned(),
                pick(TITLE, at / 3).to_owned(),
                format!("{} {}", pick(DEPARTMENT, at / 7), at % 100),
                pick(CITY, at / 11).to_owned(),
                pick(COUNTRY, at / 11).to_owned(),
                "Doorward Bench".to_owned(),
                format!("E{number:07}"),
                format!("Room {}", at % 500),
                pick(COUNTRY, at / 11).to_owned(),
                "Member".to_owned(),
            ];
            let fixed: Vec<rusqlite::types::Value> =
                vec![blob(TENANT), blob(self.user(number)), 1.into(), made(number).into(), 1.into(), text("{}")];
            insert.execute(rusqlite::params_from_iter(with_folded(fixed, &values)))?;
        }
        Ok(())
    }

    fn groups_into(&self, rows: &Connection) -> Result<(), Failure> {
        let mut insert = rows.prepare(&insert_folded(
            "directory_object",
            &["tenant", "id", "kind", "created_at", "security_enabled", "mail_enabled", "group_types", "doc"],
            &["display_name", "mail_nickname"],
        ))?;
        let mut member = rows.prepare(
            "INSERT OR IGNORE INTO membership (tenant, group_id, member_id, created_at) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for number in 0..self.groups() {
            let values = [format!("{} {number}", pick(WORK, number as usize)), format!("group-{number}")];
            let group = self.group(number);
            let fixed = vec![
                blob(TENANT),
                blob(group),
                2.into(),
                made(number).into(),
                1.into(),
                0.into(),
                text("[]"),
                text("{}"),
            ];
            insert.execute(rusqlite::params_from_iter(with_folded(fixed, &values)))?;
            let members = if number == 0 { LARGE_GROUP } else { MEMBERS };
            for each in 0..members {
                let user = self.user(number.wrapping_mul(MEMBERS).wrapping_add(each));
                member.execute(params![TENANT.as_bytes(), group.as_bytes(), user.as_bytes(), made(number)])?;
            }
        }
        Ok(())
    }

    /// Catalogs and packages, each with the row of the audit log that their creation would have written.
    fn packages_into(&self, rows: &Connection) -> Result<(), Failure> {
        let columns =
            ["tenant", "id", "created_at", "created_by", "modified_at", "modified_by", "is_externally_visible"];
        let mut catalog = rows.prepare(&insert_folded(
            "catalog",
            &[columns.as_slice(), &["catalog_type", "state"]].concat(),
            &["display_name", "description"],
        ))?;
        let mut package = rows.prepare(&insert_folded(
            "access_package",
            &[columns.get(..6).unwrap_or_default(), &["catalog_id", "is_hidden", "is_role_scopes_visible"]].concat(),
            &["display_name", "description"],
        ))?;
        let mut audit = rows.prepare(
            "INSERT INTO audit (tenant, id, at, activity, activity_fold, category, service, operation, correlation_id, \
             app_id, app_name_fold, target_id, target_name_fold, doc) VALUES (?1, ?2, ?3, ?4, lower(?4), \
             'EntitlementManagement', 'Entitlement Management', 'Add', 'bench', ?1, 'doorward bench', ?5, lower(?6), '{}')",
        )?;
        let common = |id: Uuid, number: u32| {
            let at = rusqlite::types::Value::from(made(number));
            vec![blob(TENANT), blob(id), at.clone(), text("Doorward bench"), at, text("Doorward bench")]
        };
        for number in 0..CATALOGS {
            let (id, name) = (self.catalog(number), format!("Catalog {number}"));
            let mut fixed = common(id, number);
            fixed.extend([0.into(), 1.into(), 1.into()]);
            let values = [name.clone(), format!("What belongs to area {number}.")];
            catalog.execute(rusqlite::params_from_iter(with_folded(fixed, &values)))?;
            let own = self::id(Made::Audit, number);
            let line = params![TENANT.as_bytes(), own.as_bytes(), made(number), "Create catalog", id.as_bytes(), name];
            audit.execute(line)?;
        }
        for number in 0..self.packages {
            let (id, name) = (self.package(number), format!("{} {number}", pick(WORK, number as usize)));
            let mut fixed = common(id, number);
            fixed.extend([blob(self.catalog(number)), 0.into(), 1.into()]);
            let values = [name.clone(), format!("Package {number}, for people who need it to do their work.")];
            package.execute(rusqlite::params_from_iter(with_folded(fixed, &values)))?;
            let own = self::id(Made::Audit, CATALOGS + number);
            let line =
                params![TENANT.as_bytes(), own.as_bytes(), made(number), "Create access package", id.as_bytes(), name];
            audit.execute(line)?;
        }
        Ok(())
    }
}

fn pick<'a>(list: &[&'a str], at: usize) -> &'a str {
    list.get(at % list.len().max(1)).copied().unwrap_or_default()
}

fn made(number: u32) -> i64 {
    (MADE_AT as i64 + i64::from(number)) * 1000
}

fn blob(id: Uuid) -> rusqlite::types::Value {
    id.as_bytes().to_vec().into()
}

fn text(text: &str) -> rusqlite::types::Value {
    text.to_owned().into()
}

/// An insert of some columns, and of some that have a folded twin.
fn insert_folded(table: &str, fixed: &[&str], folded: &[&str]) -> String {
    let mut names: Vec<String> = fixed.iter().map(|name| (*name).to_owned()).collect();
    names.extend(folded.iter().flat_map(|name| [(*name).to_owned(), format!("{name}_fold")]));
    let places = vec!["?"; names.len()].join(", ");
    format!("INSERT INTO {table} ({}) VALUES ({places})", names.join(", "))
}

fn with_folded(mut fixed: Vec<rusqlite::types::Value>, values: &[String]) -> Vec<rusqlite::types::Value> {
    fixed.extend(values.iter().flat_map(|value| [value.clone().into(), value.to_lowercase().into()]));
    fixed
}

/// The named indexes of the tables that are filled, as they were made.
fn indexes(connection: &Connection) -> Result<Vec<(String, String)>, Failure> {
    let mut statement = connection.prepare(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL \
         AND tbl_name IN ('directory_object', 'membership', 'access_package', 'catalog', 'audit')",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

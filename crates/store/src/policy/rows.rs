//! The rows of a policy beside its own: its questions, each by its id; and a policy as a replacement
//! leaves it, worked out in the transaction that replaces it.

use super::shape::StageSetting;
use super::{Settings, fields, settings, stored};
use crate::answer::Column;
use crate::connection::Connection;
use crate::error::Error;
use crate::sql::{Sql, columns};
use domain::denial::Denial;
use domain::fields::{Fields, Value as Field};
use domain::policy::change::{PolicyReplace, Replaced};
use model::def::ColumnType;
use model::tables::policies::{CHOICE_QUESTION, TEXT_QUESTION};
use odata::value::Value;
use uuid::Uuid;

/// How many policies name an organization. Their documents are read through: this is asked only when one
/// is to be deleted.
pub async fn naming(connection: &mut Connection, tenant: Uuid, organization: Uuid) -> Result<u64, Error> {
    let dialect = connection.dialect();
    let names = (dialect.contains)(&(dialect.lower)("CAST(doc AS text)"), "$2");
    let sql = format!("SELECT count(*) FROM assignment_policy WHERE tenant = $1 AND {names}");
    let number = Column { name: "number", ty: ColumnType::Int };
    let params = [Value::Guid(tenant), Value::Text(organization.to_string())];
    let rows = connection.query(&sql, &params, &[number]).await?;
    Ok(match rows.first().and_then(|row| row.first()) {
        Some(Value::Int(count)) => u64::try_from(*count).unwrap_or(0),
        _ => 0,
    })
}

/// What `replace` makes of the policy that is there; none where there is none.
pub async fn replaced(
    connection: &mut Connection,
    tenant: Uuid,
    replace: &PolicyReplace,
) -> Result<Option<Replaced>, Error> {
    let sql = "SELECT package_id, allowed_target_scope, display_name, doc FROM assignment_policy \
               WHERE tenant = $1 AND id = $2";
    let wanted = [
        Column { name: "package_id", ty: ColumnType::Uuid },
        Column { name: "allowed_target_scope", ty: ColumnType::Int },
        Column { name: "display_name", ty: ColumnType::Text },
        columns::DOC,
    ];
    let rows = connection.query(sql, &[Value::Guid(tenant), Value::Guid(replace.id)], &wanted).await?;
    let Some([Value::Guid(package), Value::Int(scope), Value::Text(name), Value::Json(doc)]) =
        rows.first().map(Vec::as_slice)
    else {
        return Ok(None);
    };
    let before = stored(*scope, doc).map_err(|error| Error::Database(format!("policy {}: {error}", replace.id)))?;
    let broken = |denial: Denial| Error::Database(format!("policy {}: {denial}", replace.id));
    let after = settings(&replace.said, replace.words, &replace.ids, Some(&before))?;
    let (id, said) = (replace.id, replace.said.text("displayName").unwrap_or_default());
    Ok(Some(Replaced {
        before: before.read(id, *package, name, &super::V1).map_err(broken)?.policy,
        before_fields: Fields(before.documents()),
        policy: after.read(id, *package, said, replace.words)?.policy,
        fields: fields(&replace.said, &after, replace.words),
    }))
}

/// Writes what of a policy has rows of its own: its questions, and the extensions that it calls.
pub async fn write_parts(
    connection: &mut Connection,
    tenant: Uuid,
    policy: Uuid,
    fields: &Fields,
) -> Result<(), Error> {
    write_questions(connection, tenant, policy, fields).await?;
    write_stage_settings(connection, tenant, policy, fields).await
}

/// Writes the extensions that the fields of a policy name, in place of those that are there.
async fn write_stage_settings(
    connection: &mut Connection,
    tenant: Uuid,
    policy: Uuid,
    fields: &Fields,
) -> Result<(), Error> {
    let Some(Field::Json(text)) = fields.get("customExtensionStageSettings") else { return Ok(()) };
    let broken = |error: serde_json::Error| Error::Database(format!("policy {policy}: {error}"));
    let settings: Vec<StageSetting> = serde_json::from_str(text).map_err(broken)?;
    let key = [Value::Guid(tenant), Value::Guid(policy)];
    connection.execute("DELETE FROM policy_stage_setting WHERE tenant = $1 AND policy_id = $2", &key).await?;
    if settings.is_empty() {
        return Ok(());
    }
    let catalog = catalog(connection, &key).await?;
    let mut sql = Sql::new(connection.dialect(), tenant);
    let (policy, catalog) = (sql.bind(Value::Guid(policy)), sql.bind(catalog));
    let mut rows = Vec::with_capacity(settings.len());
    for setting in &settings {
        let mut guid = |text: &str| sql.bind(Value::Guid(Uuid::try_parse(text).unwrap_or_default()));
        let (id, extension) = (guid(&setting.id), guid(&setting.custom_extension));
        let stage = sql.bind(Value::Int(setting.stage));
        rows.push(format!("($1, {id}, {policy}, {catalog}, {extension}, {stage})"));
    }
    let text = format!(
        "INSERT INTO policy_stage_setting (tenant, id, policy_id, catalog_id, extension_id, stage) VALUES {}",
        rows.join(", ")
    );
    connection.execute(&text, &sql.params).await.map(|_| ())
}

/// The catalog that a policy is in.
async fn catalog(connection: &mut Connection, policy: &[Value; 2]) -> Result<Value, Error> {
    let sql = "SELECT catalog_id FROM assignment_policy WHERE tenant = $1 AND id = $2";
    let rows = connection.query(sql, policy, &[Column { name: "catalog_id", ty: ColumnType::Uuid }]).await?;
    Ok(rows.first().and_then(|row| row.first()).cloned().unwrap_or(Value::Null))
}

/// Writes the questions that the fields of a policy hold, in place of those that are there.
async fn write_questions(
    connection: &mut Connection,
    tenant: Uuid,
    policy: Uuid,
    fields: &Fields,
) -> Result<(), Error> {
    let Some(Field::Json(text)) = fields.get("questions") else { return Ok(()) };
    let broken = |error: serde_json::Error| Error::Database(format!("policy {policy}: {error}"));
    let Settings { questions, .. } = serde_json::from_str(&format!("{{\"questions\":{text}}}")).map_err(broken)?;
    let key = [Value::Guid(tenant), Value::Guid(policy)];
    connection.execute("DELETE FROM policy_question WHERE tenant = $1 AND policy_id = $2", &key).await?;
    if questions.is_empty() {
        return Ok(());
    }
    let catalog = catalog(connection, &key).await?;
    let mut sql = Sql::new(connection.dialect(), tenant);
    let (policy, catalog) = (sql.bind(Value::Guid(policy)), sql.bind(catalog));
    let mut rows = Vec::with_capacity(questions.len());
    for question in &questions {
        let id = question.id.as_deref().and_then(|id| Uuid::try_parse(id).ok()).unwrap_or_default();
        let kind = if question.is_choice() { CHOICE_QUESTION } else { TEXT_QUESTION };
        let id = sql.bind(Value::Guid(id));
        let kind = sql.bind(Value::Int(kind));
        let sequence = sql.bind(Value::Int(question.sequence.unwrap_or(0)));
        let doc = sql.bind(Value::Json(serde_json::to_string(question).map_err(broken)?));
        rows.push(format!("($1, {id}, {policy}, {catalog}, {kind}, {sequence}, {doc})"));
    }
    let text = format!(
        "INSERT INTO policy_question (tenant, id, policy_id, catalog_id, kind, sequence, doc) VALUES {}",
        rows.join(", ")
    );
    connection.execute(&text, &sql.params).await.map(|_| ())
}

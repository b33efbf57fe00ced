//! Loads whom policies call, and how it stands with the calls for a request.

use super::Loader;
use super::rows::{Cells, INT, JSON, TEXT, TIME, UUID};
use crate::error::Error;
use crate::policy::span;
use crate::sql::Sql;
use domain::extension::{RETRIES_DEFAULT, TIMEOUT_DEFAULT};
use domain::lifecycle::callout::{Callout, Extension};
use domain::lifecycle::state::{CalloutStatus, status};
use domain::policy::{CalloutStage, DAY};
use odata::value::Value;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Endpoint {
    target_url: Option<String>,
    url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Client {
    maximum_retries: Option<i64>,
    timeout_in_milliseconds: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Callback {
    timeout_duration: Option<String>,
}

impl Loader<'_> {
    /// The request or the assignment that a callout is about.
    pub(super) async fn callout(&mut self, id: Uuid) -> Result<(), Error> {
        let sql = "SELECT request_id, assignment_id FROM callout WHERE tenant = $1 AND id = $2";
        let key = [Value::Guid(self.tenant), Value::Guid(id)];
        let found = self.connection.query(sql, &key, &[UUID, UUID]).await?;
        let Some(row) = found.first().map(Cells) else { return Ok(()) };
        match (row.guid_or_none(0), row.guid_or_none(1)) {
            (Some(request), _) => self.request(request).await?,
            (None, Some(assignment)) => self.assignment(assignment).await?,
            (None, None) => {}
        }
        if !self.case.callouts.made.iter().any(|made| made.id == id) {
            self.made("id", id).await?;
        }
        Ok(())
    }

    /// Extensions that the package's policies call, and for a request what was called for it.
    pub(super) async fn callouts(&mut self, request: Option<Uuid>) -> Result<(), Error> {
        let mut named: Vec<Uuid> =
            self.case.policies.iter().flat_map(|policy| &policy.callouts).map(|setting| setting.extension).collect();
        named.sort_unstable();
        named.dedup();
        let waits = |request: &domain::lifecycle::case::Request| request.status == status::WAITING_FOR_CALLBACK;
        if named.is_empty() && !self.case.request.as_ref().is_some_and(waits) {
            return Ok(());
        }
        if !named.is_empty() {
            self.extensions(named).await?;
        }
        let Some(request) = request else { return Ok(()) };
        self.made("request_id", request).await?;
        let key = [Value::Guid(self.tenant), Value::Guid(request)];
        let sql = "SELECT doc FROM assignment_request WHERE tenant = $1 AND id = $2";
        let found = self.connection.query(sql, &key, &[JSON]).await?;
        let doc = found.first().map(Cells).map(|row| row.text(0)).unwrap_or_default();
        let members: HashMap<&str, &RawValue> = serde_json::from_str(&doc).unwrap_or_default();
        self.case.callouts.answers = members.get("answers").map(|answers| answers.get().to_owned());
        Ok(())
    }

    async fn extensions(&mut self, named: Vec<Uuid>) -> Result<(), Error> {
        let mut sql = Sql::new(self.connection.dialect(), self.tenant);
        let ids: Vec<Value> = named.into_iter().map(Value::Guid).collect();
        let among = sql.among(&ids);
        sql.push(&format!(
            "SELECT id, endpoint, client, callback FROM custom_extension WHERE tenant = $1 AND id {among}"
        ));
        let found = self.connection.query(&sql.text, &sql.params, &[UUID, JSON, JSON, JSON]).await?;
        self.case.callouts.extensions = found.iter().map(Cells).map(|row| extension(&row)).collect();
        Ok(())
    }

    async fn made(&mut self, column: &str, id: Uuid) -> Result<(), Error> {
        let sql = format!(
            "SELECT id, stage, status, expires_at, problem FROM callout WHERE tenant = $1 AND {column} = $2 \
             ORDER BY created_at, stage"
        );
        let key = [Value::Guid(self.tenant), Value::Guid(id)];
        let found = self.connection.query(&sql, &key, &[UUID, INT, INT, TIME, TEXT]).await?;
        self.case.callouts.made.extend(found.iter().map(Cells).filter_map(|row| made(&row)));
        Ok(())
    }
}

fn extension(row: &Cells<'_>) -> Extension {
    let endpoint: Endpoint = serde_json::from_str(&row.text(1)).unwrap_or_default();
    let client: Client = serde_json::from_str(&row.text(2)).unwrap_or_default();
    let callback: Option<Callback> = serde_json::from_str(&row.text(3)).unwrap_or_default();
    let wait = |callback: Callback| callback.timeout_duration.as_deref().and_then(span::read).unwrap_or(14 * DAY);
    Extension {
        id: row.guid(0),
        url: endpoint.target_url.or(endpoint.url).unwrap_or_default(),
        wait: callback.map(wait),
        timeout: client.timeout_in_milliseconds.unwrap_or(TIMEOUT_DEFAULT),
        retries: client.maximum_retries.unwrap_or(RETRIES_DEFAULT),
    }
}

fn made(row: &Cells<'_>) -> Option<Callout> {
    let problem = row.text(4);
    Some(Callout {
        id: row.guid(0),
        stage: CalloutStage::from_number(row.int(1))?,
        status: CalloutStatus::from_number(row.int(2))?,
        expires_at: row.time(3),
        problem: (!problem.is_empty()).then_some(problem),
    })
}

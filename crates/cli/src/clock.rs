//! `doorward clock`: asks a development server what time it is for a tenant, or moves that time, and
//! prints it, and nothing else, so that `$(doorward clock show)` can stand in a command line.

use crate::args::{ClockArgs, ClockCommand};
use crate::out;
use crate::remote::{Remote, RemoteError};

#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    #[error(
        "the server at {0} doesn't run in development mode, where alone a clock can be moved.\n\
         Start one with: doorward serve --dev"
    )]
    NotDev(String),
    #[error(transparent)]
    Remote(RemoteError),
}

impl From<RemoteError> for ClockError {
    fn from(error: RemoteError) -> ClockError {
        match error {
            RemoteError::NotDev(url) => ClockError::NotDev(url),
            other => ClockError::Remote(other),
        }
    }
}

/// A tenant's time.
#[derive(Debug, PartialEq, Eq)]
pub struct Time {
    pub now: String,
    tenant: String,
    ahead: i64,
    due: i64,
}

pub async fn ask(command: &ClockCommand) -> Result<Time, ClockError> {
    const PATH: &str = "/dev/clock";
    let (ClockCommand::Show { clock }
    | ClockCommand::Advance { clock, .. }
    | ClockCommand::Set { clock, .. }
    | ClockCommand::Reset { clock }) = command;
    let remote = Remote::new(&clock.server)?;
    let given = match command {
        ClockCommand::Show { .. } => remote.get(PATH, &tenant(clock)).await,
        ClockCommand::Advance { span, .. } => remote.post(PATH, &form(clock, "advance", span)).await,
        ClockCommand::Set { instant, .. } => remote.post(PATH, &form(clock, "set", instant)).await,
        ClockCommand::Reset { .. } => remote.post(PATH, &form(clock, "reset", "true")).await,
    }?;
    Ok(Time {
        now: given.need("/now", "time")?,
        tenant: given.need("/tenant", "tenant")?,
        ahead: given.need_number("/offsetSeconds", "time")?,
        due: given.need_number("/tasksDue", "number of tasks")?,
    })
}

fn tenant(clock: &ClockArgs) -> Vec<(&'static str, String)> {
    clock.tenant.iter().map(|tenant| ("tenant", tenant.clone())).collect()
}

fn form(clock: &ClockArgs, verb: &'static str, value: &str) -> Vec<(&'static str, String)> {
    let mut form = tenant(clock);
    form.push((verb, value.to_owned()));
    form
}

impl Time {
    /// The instant for whoever reads the output, the rest for whoever sees the terminal.
    pub fn tell(&self) {
        out::line(&self.now);
        out::note(self.remark());
    }

    fn remark(&self) -> String {
        let ahead = match self.ahead {
            0 => "in real time".to_owned(),
            seconds => format!("{} ahead of real time", duration(seconds)),
        };
        let due = match self.due {
            0 => String::new(),
            1 => "; 1 task is still due".to_owned(),
            many => format!("; {many} tasks are still due"),
        };
        format!("Tenant {} is {ahead}{due}.", self.tenant)
    }
}

/// `14d 2h`: the two greatest parts that aren't nothing.
fn duration(seconds: i64) -> String {
    let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let parts = parts.iter().filter(|(number, _)| *number != 0).take(2);
    parts.map(|(number, unit)| format!("{number}{unit}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::ServerArgs;
    use crate::remote::tests::{answer, run, server};

    const TOLD: &str =
        answer!("200 OK", r#"{"tenant":"t","now":"2027-01-31T09:00:00Z","offsetSeconds":1216800,"tasksDue":1}"#);

    fn clock(url: &str, tenant: Option<&str>) -> ClockArgs {
        ClockArgs { tenant: tenant.map(str::to_owned), server: ServerArgs { url: url.to_owned(), ca: None } }
    }

    #[test]
    fn each_verb_asks_for_its_own() {
        let advance = |clock| ClockCommand::Advance { span: "1w 2d".to_owned(), clock };
        let set = |clock| ClockCommand::Set { instant: "2027-01-31T09:00:00Z".to_owned(), clock };
        let verbs: [(&dyn Fn(ClockArgs) -> ClockCommand, _, _); 4] = [
            (&|clock| ClockCommand::Show { clock }, "GET /dev/clock?tenant=a.b", ""),
            (&advance, "POST /dev/clock", "tenant=a.b&advance=1w+2d"),
            (&set, "POST /dev/clock", "tenant=a.b&set=2027-01-31T09%3A00%3A00Z"),
            (&|clock| ClockCommand::Reset { clock }, "POST /dev/clock", "tenant=a.b&reset=true"),
        ];
        for (command, line, form) in verbs {
            let (url, server) = server(TOLD);
            let time = run(ask(&command(clock(&url, Some("a.b"))))).unwrap();
            assert_eq!(server.join().unwrap(), (format!("{line} HTTP/1.1"), form.to_owned()));
            assert_eq!(time.now, "2027-01-31T09:00:00Z");
            assert_eq!(time.remark(), "Tenant t is 14d 2h ahead of real time; 1 task is still due.");
        }
    }

    #[test]
    fn without_development_no_clock_moves() {
        let (url, server) = server(answer!("404 Not Found", ""));
        let said = run(ask(&ClockCommand::Reset { clock: clock(&url, None) })).unwrap_err().to_string();
        server.join().unwrap();
        assert!(said.contains("alone a clock can be moved") && said.contains("serve --dev"), "{said}");
    }
}

//! `doorward token`: asks a development server for a token and prints it, and nothing else, so that
//! `$(doorward token)` can stand in a command line.

use crate::args::{TokenArgs, words};
use crate::remote::{Remote, RemoteError};

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error(
        "the server at {0} doesn't run in development mode, where alone a token can be had without a password.\n\
         Ask its token endpoint instead: POST {0}/<tenant>/oauth2/v2.0/token"
    )]
    NotDev(String),
    #[error(transparent)]
    Remote(RemoteError),
}

impl From<RemoteError> for TokenError {
    fn from(error: RemoteError) -> TokenError {
        match error {
            RemoteError::NotDev(url) => TokenError::NotDev(url),
            other => TokenError::Remote(other),
        }
    }
}

pub async fn fetch(args: &TokenArgs) -> Result<String, TokenError> {
    let given = Remote::new(&args.server)?.post("/dev/token", &form(args)).await?;
    Ok(given.need("/access_token", "token")?)
}

fn form(args: &TokenArgs) -> Vec<(&'static str, String)> {
    let mut form = Vec::new();
    form.extend(args.user.clone().map(|user| ("user", user)));
    for (name, given) in [("scope", &args.scope), ("role", &args.role)] {
        let all = words(given);
        if !all.is_empty() {
            form.push((name, all.join(" ")));
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::ServerArgs;
    use crate::remote::tests::{answer, run, server};

    fn args(url: &str) -> TokenArgs {
        let server = ServerArgs { url: url.to_owned(), ca: None };
        TokenArgs { server, user: None, scope: vec![], role: vec![] }
    }

    #[test]
    fn what_was_asked_for_goes_out_as_a_form() {
        let (url, server) = server(answer!("200 OK", r#"{"token_type":"Bearer","access_token":"a.b.c"}"#));
        let mut args = args(&format!("{url}/"));
        args.user = Some("eve@doorward.test".to_owned());
        args.scope = vec!["User.Read Group.Read.All".to_owned(), "Mail.Read".to_owned()];
        assert_eq!(run(fetch(&args)).unwrap(), "a.b.c");
        let (first, body) = server.join().unwrap();
        assert_eq!(first, "POST /dev/token HTTP/1.1");
        assert_eq!(body, "user=eve%40doorward.test&scope=User.Read+Group.Read.All+Mail.Read");
    }

    #[test]
    fn without_development_it_says_where_tokens_are_had() {
        for (answer, expected) in [
            (answer!("404 Not Found", ""), "/<tenant>/oauth2/v2.0/token"),
            (answer!("200 OK", "<html>"), "no token; is it a Doorward?"),
        ] {
            let (url, server) = server(answer);
            let said = run(fetch(&args(&url))).unwrap_err().to_string();
            server.join().unwrap();
            assert!(said.contains(expected), "{said}");
        }
    }
}

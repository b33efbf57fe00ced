//! `doorward completions SHELL`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;

pub fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "doorward", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn each_shell_gets_one() {
        for shell in Shell::value_variants() {
            assert!(String::from_utf8(script(*shell)).unwrap().contains("check-config"), "{shell}");
        }
    }
}

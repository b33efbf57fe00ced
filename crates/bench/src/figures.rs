//! The figures, measured one after the other, doorward and its ceiling in turn, so that both meet the
//! same machine.

use crate::child::Server;
use crate::client::{Ids, Request, Run, SLOT, ask, load};
use crate::data::Data;
use crate::delivery;
use crate::lists::{self, Listed};
use crate::options::Options;
use crate::table::{self, Spread, Table};
use crate::{Failure, commits, machine};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const EM: &str = "/v1.0/identityGovernance/entitlementManagement";
/// Rows in a commit, for the second ceiling.
pub const BATCH: u64 = 32;
/// Room for the pairs of one run of writes.
const PAIRS: u64 = 1_000_000;
const SETTLE: Duration = Duration::from_millis(1500);

/// What was measured at one size.
struct Figures {
    users: u32,
    read: Versus,
    /// Microseconds of processor for a request to the bare server.
    bare_cost: Spread,
    write: Versus,
    /// Writes against the second ceiling.
    batched: Versus,
    /// Milliseconds.
    start: Spread,
    /// MiB, after the start and after all of the load.
    idle: f64,
    loaded: f64,
    lists: Vec<Listed>,
    /// Milliseconds from a request to its delivery.
    delivery: delivery::Figure,
}

/// Requests, or rows, per second; the ratio is that of each round.
struct Versus {
    ours: Spread,
    ceiling: Spread,
    ratio: Spread,
    p50: f64,
    p99: f64,
    /// Microseconds of processor for a request, which other people's work moves less than it moves time.
    cost: Spread,
}

/// One round: a run, its microseconds of processor for a request, and the ceiling.
struct Round {
    run: Run,
    cost: f64,
    ceiling: f64,
}

impl Versus {
    fn of(rounds: &[Round]) -> Versus {
        let spread = |value: &dyn Fn(&Round) -> f64| Spread::of(rounds.iter().map(value).collect());
        Versus {
            ours: spread(&|round| round.run.per_second),
            ceiling: spread(&|round| round.ceiling),
            ratio: spread(&|round| round.run.per_second / round.ceiling.max(1.0)),
            p50: spread(&|round| round.run.percentile(50)).median,
            p99: spread(&|round| round.run.percentile(99)).median,
            cost: spread(&|round| round.cost),
        }
    }
}

/// A run, and the microseconds of processor that the server spent on each request.
async fn costed(server: &Server, run: impl Future<Output = Result<Run, Failure>>) -> Result<(Run, f64), Failure> {
    let before = server.processor()?;
    let run = run.await?;
    let cost = (server.processor()? - before) * 1e6 / run.count().max(1) as f64;
    Ok((run, cost))
}

/// Measures, and prints the tables.
pub fn run(options: &Options) -> Result<(), Failure> {
    let (program, root) = (options.program()?, options.data()?);
    // One thread for the load generator: the rest of the machine is the server's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut all = Vec::new();
    for users in options.sizes() {
        all.push(runtime.block_on(measure(options, &program, &root, users))?);
    }
    all.sort_by_key(|figures| figures.users);
    table::line(&machine::describe(&program)?);
    table::line(&format!(
        "{} packages, {} connections, {} runs of {} s each: median (least - greatest)\n",
        options.packages,
        options.connections,
        options.rounds(),
        options.run().as_secs(),
    ));
    if let Some(largest) = all.last() {
        main_table(largest).print(options.markdown);
    }
    sizes_table(&all).print(options.markdown);
    lists_table(&all).print(options.markdown);
    Ok(())
}

async fn measure(options: &Options, program: &Path, root: &Path, users: u32) -> Result<Figures, Failure> {
    let data = Data::prepare(program, root, users, options.packages).await?;
    table::note(&format!("measuring with {users} users"));
    let token = token(program, &data).await?;
    let read = Request::new("GET", &format!("{EM}/accessPackages/{SLOT}"), &[("authorization", &token)], "");
    let one =
        Request::new("GET", &format!("{EM}/accessPackages/{}", data.package(0)), &[("authorization", &token)], "");

    let mut starts = Vec::new();
    for _ in 0..options.rounds() * 2 + 1 {
        starts.push(start(program, &data, &one).await?);
    }
    let mut server = Server::doorward(program, &data.folder)?;
    server.ready().await?;
    let (_, body) = ask(server.address, &one).await?;
    tokio::time::sleep(SETTLE).await;
    let idle = server.memory()?;

    let file = root.join("body.json");
    fs::write(&file, &body)?;
    let (read, bare_cost) = reads(options, &data, &server, &file, &read).await?;
    drop(server);
    let (write, batched, server) = writes(options, program, &data, &token).await?;
    let lists = lists::measure(options, &data, &server, &token).await?;
    tokio::time::sleep(SETTLE).await;
    let loaded = server.memory()?;
    let delivered = delivery::measure(&data, &server, &token, options.run() * 3).await?;
    drop(server);
    let delivery = delivered.against_the_engine(&data)?;
    data.clean()?;

    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let (idle, loaded) = (mib(idle), mib(loaded));
    Ok(Figures { users, read, bare_cost, write, batched, start: Spread::of(starts), idle, loaded, lists, delivery })
}

/// `Bearer …`, of the development application with all of its permissions.
async fn token(program: &Path, data: &Data) -> Result<String, Failure> {
    let mut server = Server::doorward(program, &data.folder)?;
    server.ready().await?;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let (status, body) = ask(server.address, &Request::new("POST", "/dev/token", &form, "role=")).await?;
    let answer: serde_json::Value = serde_json::from_slice(&body)?;
    let token = answer.get("access_token").and_then(serde_json::Value::as_str);
    let token = token.ok_or_else(|| format!("/dev/token answered {status}: {}", String::from_utf8_lossy(&body)))?;
    Ok(format!("Bearer {token}"))
}

/// Milliseconds from the process to its first answer.
async fn start(program: &Path, data: &Data, request: &Request) -> Result<f64, Failure> {
    let mut server = Server::doorward(program, &data.folder)?;
    loop {
        if let Ok((200, _)) = ask(server.address, request).await {
            return Ok(server.spawned.elapsed().as_secs_f64() * 1000.0);
        }
        server.still_there()?;
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
}

async fn reads(
    options: &Options,
    data: &Data,
    server: &Server,
    body: &Path,
    request: &Request,
) -> Result<(Versus, Spread), Failure> {
    let mut bare = Server::bare(body)?;
    bare.ready().await?;
    let shared = data.clone();
    let ids: Ids = Arc::new(move |n| Some([shared.package((n as u32).wrapping_mul(7919)), Uuid::nil()]));
    let run = async |address, length| load(address, options.connections, length, request, 200, &ids).await;
    let warm = options.run().min(Duration::from_secs(1));
    run(server.address, warm).await?;
    run(bare.address, warm).await?;
    let (mut rounds, mut costs) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds() {
        let (ceiling, bare_cost) = costed(&bare, run(bare.address, options.run())).await?;
        let (run, cost) = costed(server, run(server.address, options.run())).await?;
        rounds.push(Round { run, cost, ceiling: ceiling.per_second });
        costs.push(bare_cost);
    }
    Ok((Versus::of(&rounds), Spread::of(costs)))
}

/// The engine has the file to itself, and so has doorward; the last one goes on to the lists.
async fn writes(
    options: &Options,
    program: &Path,
    data: &Data,
    token: &str,
) -> Result<(Versus, Versus, Server), Failure> {
    let request = Request::new(
        "POST",
        &format!("{EM}/accessPackages/{SLOT}/incompatibleGroups/$ref"),
        &[("authorization", token), ("content-type", "application/json")],
        &format!("{{\"@odata.id\":\"https://graph.microsoft.com/v1.0/groups/{SLOT}\"}}"),
    );
    let mut first = 0;
    let mut next = || {
        first += PAIRS;
        first - PAIRS
    };
    let run = async |server: &Server, first: u64, length| {
        let data = data.clone();
        let ids: Ids = Arc::new(move |n| (n < PAIRS).then(|| commits::pair(&data, first + n)));
        load(server.address, options.connections, length, &request, 204, &ids).await
    };
    let (mut singly, mut batched, mut last) = (Vec::new(), Vec::new(), None);
    for _ in 0..options.rounds() {
        // Pairs are used once; a round leaves none behind for the next.
        drop(last.take());
        data.open()?.execute_batch("DELETE FROM incompatible_group")?;
        let one = commits::rate(data, 1, options.run(), next())?;
        let many = commits::rate(data, BATCH, options.run(), next())?;
        let mut server = Server::doorward(program, &data.folder)?;
        server.ready().await?;
        run(&server, next(), Duration::from_millis(500)).await?;
        let (ours, cost) = costed(&server, run(&server, next(), options.run())).await?;
        last = Some(server);
        singly.push(Round { run: ours.clone(), cost, ceiling: one });
        batched.push(Round { run: ours, cost, ceiling: many });
    }
    let last = last.ok_or("no round of writes")?;
    Ok((Versus::of(&singly), Versus::of(&batched), last))
}

fn main_table(figures: &Figures) -> Table {
    let mut table = Table::new(
        &format!("With {} users", figures.users),
        &["figure", "doorward", "ceiling", "ratio", "goal", "p50 ms", "p99 ms"],
    );
    let mut versus = |name: &str, versus: &Versus, goal: &str| {
        let latency = |value: f64| format!("{value:.2}");
        table.row(&[
            name.to_owned(),
            format!("{}/s", versus.ours.whole()),
            format!("{}/s", versus.ceiling.whole()),
            versus.ratio.hundredths(),
            goal.to_owned(),
            latency(versus.p50),
            latency(versus.p99),
        ]);
    };
    versus("GET accessPackages/{id}; a bare server", &figures.read, "0.5");
    versus("POST incompatibleGroups/$ref; the engine, a row a commit", &figures.write, "0.5");
    versus(&format!("the same; the engine, {BATCH} rows a commit"), &figures.batched, "");
    let delivery = &figures.delivery;
    table.row(&[
        "POST assignmentRequests to delivered; the engine, the same rows".to_owned(),
        format!("{} ms", delivery.ours.hundredths()),
        format!("{} ms", delivery.ceiling.hundredths()),
        format!("{:.2}", delivery.ours.median / delivery.ceiling.median.max(0.001)),
        "< 100 ms".to_owned(),
        format!("{:.2}", delivery.ours.median),
        format!("{:.2}", delivery.p99),
    ]);
    let mut plain = |name: &str, value: String, goal: &str| {
        let none = String::new;
        table.row(&[name.to_owned(), value, none(), none(), goal.to_owned(), none(), none()]);
    };
    let costs = format!("{}; bare {} us", figures.read.cost.whole(), figures.bare_cost.whole());
    plain("processor for a GET", costs, "");
    plain("processor for a POST", format!("{} us", figures.write.cost.whole()), "");
    plain("start to first answer", format!("{} ms", figures.start.whole()), "< 100 ms");
    plain("memory when idle after the start", format!("{:.1} MiB", figures.idle), "< 64 MiB");
    plain("memory when idle after the load", format!("{:.1} MiB", figures.loaded), "< 64 MiB");
    table
}

fn sizes_table(all: &[Figures]) -> Table {
    let mut head = vec!["figure".to_owned()];
    head.extend(all.iter().map(|figures| format!("{} users", figures.users)));
    let mut table = Table::new("How the figures move with the directory", &head);
    let mut row = |name: &str, cell: &dyn Fn(&Figures) -> String| {
        let mut cells = vec![name.to_owned()];
        cells.extend(all.iter().map(cell));
        table.row(&cells);
    };
    let versus = |versus: &Versus| {
        format!("{:.0}/s, {:.2} of {:.0}/s", versus.ours.median, versus.ratio.median, versus.ceiling.median)
    };
    row("GET accessPackages/{id}", &|figures| versus(&figures.read));
    row("POST incompatibleGroups/$ref", &|figures| versus(&figures.write));
    row("the same, against batches", &|figures| versus(&figures.batched));
    row("processor for a GET; bare", &|figures| {
        format!("{:.0} us; {:.0} us", figures.read.cost.median, figures.bare_cost.median)
    });
    row("processor for a POST", &|figures| format!("{:.0} us", figures.write.cost.median));
    row("POST assignmentRequests to delivered", &|figures| {
        format!("{:.2} ms; the engine {:.2} ms", figures.delivery.ours.median, figures.delivery.ceiling.median)
    });
    row("start to first answer", &|figures| format!("{:.0} ms", figures.start.median));
    row("memory when idle after the start", &|figures| format!("{:.1} MiB", figures.idle));
    row("memory when idle after the load", &|figures| format!("{:.1} MiB", figures.loaded));
    table
}

fn lists_table(all: &[Figures]) -> Table {
    let mut head = vec!["p50 / p99 in ms, one connection".to_owned()];
    head.extend(all.iter().map(|figures| format!("{} users", figures.users)));
    let mut table = Table::new("Lists", &head);
    let names = all.first().map(|figures| figures.lists.as_slice()).unwrap_or_default();
    for (at, listed) in names.iter().enumerate() {
        let mut cells = vec![listed.name.clone()];
        let cell = |figures: &Figures| {
            figures.lists.get(at).map(|listed| format!("{:.2} / {:.2}", listed.p50, listed.p99)).unwrap_or_default()
        };
        cells.extend(all.iter().map(cell));
        table.row(&cells);
    }
    table
}

//! PostgreSQL servers for tests, in temporary folders and reached by a socket there: never anybody's own.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs a server for as long as its input is open, so that it ends with the test however that ends. Its data goes too, unless it is told
/// to keep them.
const KEEPER: &str = r#"
trap '' INT TERM
"$1/postgres" -D "$2" -k "$3" -c listen_addresses= -c max_connections=400 -c shared_buffers=64MB $4 >"$2/log" 2>&1 &
pid=$!
said=$(cat)
kill -QUIT $pid 2>/dev/null
wait $pid
[ "$said" = keep ] || rm -rf "$2"
"#;

/// A PostgreSQL server of the test's own, which ends when this is dropped or the test ends.
#[derive(Debug)]
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: tempfile::TempDir,
    keeper: std::sync::Mutex<Option<Child>>,
    settings: String,
}

impl Cluster {
    /// Starts a server; none where PostgreSQL is not installed, which is printed.
    pub(crate) fn start(settings: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            println!("skipped: PostgreSQL (initdb) is not installed");
            return None;
        };
        // Short, as the path of a socket is bounded.
        let folder = tempfile::Builder::new().prefix("oct-pg").tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let cluster =
            Self { programs, folder, keeper: std::sync::Mutex::default(), settings: settings.to_owned() };
        let data = cluster.data();
        let options =
            ["-D", data.to_str().unwrap(), "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8", "--locale=C"];
        let made = cluster.run("initdb", &options);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        cluster.begin();
        Some(cluster)
    }

    /// Starts the server again after [`Cluster::stop`].
    pub(crate) fn begin(&self) {
        let mut keeper = as_user(Path::new("sh"));
        keeper.args(["-c", KEEPER, "sh"]).arg(&self.programs).arg(self.data()).arg(self.folder.path());
        let child = keeper.arg(&self.settings).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        *self.keeper.lock().unwrap() = Some(child);
        let ready =
            || self.run("pg_isready", &["-q", "-h", self.folder.path().to_str().unwrap()]).status.success();
        while !ready() {
            std::thread::yield_now();
        }
    }

    /// Ends the server as a crash would; what was committed is there when it is started again.
    pub(crate) fn stop(&self) {
        if let Some(mut keeper) = self.keeper.lock().unwrap().take() {
            if let Some(mut input) = keeper.stdin.take() {
                // A server that has died by itself reads nothing.
                let _ = input.write_all(b"keep");
            }
            keeper.wait().unwrap();
        }
    }

    /// Returns the address of a new, empty schema.
    pub(crate) fn url(&self) -> String {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        self.url_of(&format!("s{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    /// Returns the address of a schema.
    pub(crate) fn url_of(&self, schema: &str) -> String {
        let folder = self.folder.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://postgres@/postgres?host={folder}&schema={schema}")
    }

    /// Runs statements, and returns what psql prints for them.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let folder = self.folder.path().to_str().unwrap();
        let mut psql = as_user(&self.programs.join("psql"));
        psql.args(["-h", folder, "-U", "postgres", "-d", "postgres", "-qAt", "-v", "ON_ERROR_STOP=1"]);
        psql.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = psql.spawn().unwrap();
        child.stdin.take().unwrap().write_all(sql.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        as_user(&self.programs.join(program)).args(arguments).output().unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Returns the server that the tests of this process share, each with a schema of its own. It does not wait for the disk.
pub(crate) fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(|| Cluster::start("-c fsync=off")).as_ref()
}

/// Returns the folder of PostgreSQL's programs: one in PATH, or the newest that Debian has installed.
fn programs() -> Option<PathBuf> {
    let found = Command::new("sh").args(["-c", "command -v initdb"]).output().ok()?;
    if let Some(path) =
        Some(String::from_utf8_lossy(&found.stdout).trim().to_owned()).filter(|path| !path.is_empty())
    {
        return Path::new(&path).canonicalize().ok()?.parent().map(Path::to_owned);
    }
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path().join("bin"));
    versions.filter(|bin| bin.join("initdb").exists()).max()
}

/// Returns a command that is not run as root, which PostgreSQL refuses.
fn as_user(program: &Path) -> Command {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    if !is_root {
        return Command::new(program);
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = if users.lines().any(|line| line.starts_with("postgres:")) { "postgres" } else { "nobody" };
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", user, "--regid"])
        .arg(group(&users, user))
        .args(["--clear-groups", "--"])
        .arg(program);
    command.current_dir("/tmp");
    command
}

fn group(users: &str, user: &str) -> String {
    let line = users.lines().find(|line| line.split(':').next() == Some(user)).unwrap();
    line.split(':').nth(3).unwrap().to_owned()
}

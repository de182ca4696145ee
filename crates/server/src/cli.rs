//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use twinlock_core::user::Role;

/// Self-hosted account security: a password and a second key.
#[derive(Debug, Parser)]
#[command(name = "twinlock", version, propagate_version = true)]
pub struct Cli {
    /// Where settings and data are.
    #[command(flatten)]
    pub place: Place,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Where settings and data are.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Settings, in TOML; TWINLOCK_… variables come on top
    #[arg(long, global = true, env = "TWINLOCK_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the database, the keys and the mails [default: ./data]
    #[arg(long, global = true, env = "TWINLOCK_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve(Serve),
    /// Run a throw-away server with accounts that work at once
    Demo(Demo),
    /// Bring the database up to date
    Migrate,
    /// Copy the database while it is in use (SQLite), and apart from it the keys
    Backup(Backup),
    /// Put a backup in the place of the database (SQLite); the server must be stopped
    Restore(Restore),
    /// Look after the master keys
    #[command(subcommand)]
    Keys(Keys),
    /// Act on the database directly, for whoever is locked out
    #[command(subcommand)]
    Admin(Admin),
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address to listen on; port 0 picks one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Tenants and users to fill an empty database with, in TOML
    #[arg(long, value_name = "FILE")]
    pub bootstrap: Option<PathBuf>,
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Address to listen on; port 0 picks one [default: 127.0.0.1:8080, or a free port]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Listen on an address that other machines can reach
    #[arg(long)]
    pub allow_remote: bool,
}

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// Where the copy of the database goes; the file must not exist
    #[arg(long, value_name = "FILE", required_unless_present = "keys")]
    pub to: Option<PathBuf>,
    /// Where the keys go, encrypted with a passphrase: TWINLOCK_PASSPHRASE, or a line of standard input
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The copy of the database
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// The encrypted keys that `backup --keys` wrote
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// Replace a database that is there; it is kept beside the new one
    #[arg(long)]
    pub force: bool,
}

/// What `keys` can do.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Add a key, move what is sealed over to it, and retire keys that nothing needs any more
    Rotate,
}

/// What `admin` can do.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Make a tenant
    CreateTenant(CreateTenant),
    /// Make an operator of the whole server, with an invitation link that leads into the enrollment of a second factor
    CreateOperator(CreateOperator),
    /// Send the invitation of an operator whom another one invited: where no third one is there to approve it
    ApproveOperator {
        /// User name or e-mail address
        username: String,
    },
    /// List the tenants
    ListTenants,
    /// Let nobody sign in to a tenant, and end its sessions
    SuspendTenant(Tenant),
    /// Let the people of a suspended tenant sign in again
    ResumeTenant(Tenant),
    /// Delete a tenant with all that is in it, after seven days in which it is suspended and can be restored
    DeleteTenant(Tenant),
    /// Keep a tenant that was to be deleted; it stays suspended
    RestoreTenant(Tenant),
    /// Make a user, with a password from standard input or an invitation link
    CreateUser(CreateUser),
    /// List the users of a tenant
    ListUsers {
        /// Id of the tenant
        #[arg(long, value_name = "ID")]
        tenant: String,
    },
    /// Send the invitation of a user who has not accepted it yet again; the links before are dead
    Invite(Who),
    /// Change a user's names, address or role; a new address needs no link
    ChangeUser(ChangeUser),
    /// Delete a user with everything that is theirs
    DeleteUser(Who),
    /// Remove a user's second factors and recovery codes, and end their sessions
    ResetMfa(Who),
    /// Forgive wrong passwords and codes
    Unlock(Who),
    /// Let nobody sign in to an account, and end its sessions
    Suspend(Who),
    /// Let a suspended account sign in again
    Activate(Who),
    /// Change settings of a tenant, or show them all
    Set(Set),
}

/// One account.
#[derive(Debug, Clone, Args)]
pub struct Who {
    /// Id of the tenant
    #[arg(long, value_name = "ID")]
    pub tenant: String,
    /// User name or e-mail address
    pub username: String,
}

/// One tenant.
#[derive(Debug, Args)]
pub struct Tenant {
    /// Its id
    #[arg(value_name = "ID")]
    pub id: String,
}

/// Options of `admin create-operator`.
#[derive(Debug, Args)]
pub struct CreateOperator {
    /// User name
    #[arg(long, value_name = "NAME")]
    pub username: String,
    /// E-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// Name for people
    #[arg(long, value_name = "NAME")]
    pub display_name: Option<String>,
}

/// Options of `admin create-tenant`.
#[derive(Debug, Args)]
pub struct CreateTenant {
    /// Its id: what people type when they sign in
    #[arg(long, value_name = "ID")]
    pub id: String,
    /// Its name for people
    #[arg(long, value_name = "NAME")]
    pub name: String,
}

/// Options of `admin create-user`.
#[derive(Debug, Args)]
pub struct CreateUser {
    /// Id of the tenant
    #[arg(long, value_name = "ID")]
    pub tenant: String,
    /// User name
    #[arg(long, value_name = "NAME")]
    pub username: String,
    /// E-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// Name for people
    #[arg(long, value_name = "NAME")]
    pub display_name: Option<String>,
    /// What the user may do
    #[arg(long, value_enum, default_value_t = RoleName::Member)]
    pub role: RoleName,
    /// Read the password from a line of standard input, in place of an invitation
    #[arg(long)]
    pub password_stdin: bool,
    /// Have the user choose another password at the first sign-in, within seven days
    #[arg(long, requires = "password_stdin")]
    pub must_change: bool,
}

/// Options of `admin change-user`.
#[derive(Debug, Args)]
#[group(id = "changes", multiple = true, required = true, args = ["new_username", "email", "display_name", "role"])]
pub struct ChangeUser {
    /// Whom
    #[command(flatten)]
    pub who: Who,
    /// Another user name
    #[arg(long, value_name = "NAME")]
    pub new_username: Option<String>,
    /// Another e-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// Another name for people
    #[arg(long, value_name = "NAME")]
    pub display_name: Option<String>,
    /// What the user may do from now on
    #[arg(long, value_enum)]
    pub role: Option<RoleName>,
}

/// Options of `admin set`.
#[derive(Debug, Args)]
pub struct Set {
    /// Id of the tenant
    #[arg(long, value_name = "ID")]
    pub tenant: String,
    /// Settings such as `session_lifetime_minutes=480`
    #[arg(value_name = "NAME=VALUE")]
    pub changes: Vec<String>,
}

/// A role, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleName {
    /// All of the tenant
    Owner,
    /// Members, helpdesk and settings
    Admin,
    /// Sees users, resets members' second factors
    Helpdesk,
    /// Only their own account
    Member,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Self::Owner,
            RoleName::Admin => Self::Admin,
            RoleName::Helpdesk => Self::Helpdesk,
            RoleName::Member => Self::Member,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn config_and_data_may_follow_any_command() {
        let cli = Cli::parse_from(["twinlock", "admin", "list-users", "--tenant", "demo", "--data", "/d"]);
        assert_eq!(cli.place.data, Some(PathBuf::from("/d")));
    }
}

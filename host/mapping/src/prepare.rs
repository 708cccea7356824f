//! Settings on their way into a mapping.

use crate::fault::Fault;
use crate::loaded::{Loaded, NotLoaded};
use crate::session::{Budget, Session};
use crate::settings::MOST;
use crate::{Limits, Problem, Slot, abi::v1};

/// Settings for one slot, and what they may refer to (`setup` in the WIT). Texts are JSON.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// The slot the component is to fill.
    pub slot: Slot,
    /// Valid against the plugin's schema; `{}` if there are none.
    pub settings: &'a str,
    /// The environment's catalogue.
    pub catalogue: &'a str,
    /// Keys of the tenants in the connection's subtree: an array of strings.
    pub tenants: &'a str,
    /// Key of the connection's tenant.
    pub home: &'a str,
}

/// Why there are no prepared bytes.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PrepareError {
    /// The plugin found the settings wanting: never empty.
    #[error("the settings are not acceptable: {0:?}")]
    Problems(Vec<Problem>),
    /// The plugin failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The component isn't in memory.
    #[error(transparent)]
    NotLoaded(#[from] NotLoaded),
    /// Nothing is known about the settings: we could not look, and trying again may help.
    #[error("{0}")]
    Unavailable(String),
}

pub(crate) fn prepare(
    loaded: &Loaded,
    limits: &Limits,
    setup: &Setup<'_>,
) -> Result<Vec<u8>, PrepareError> {
    let mut session = Session::open(&loaded.pre, limits, Budget::of_setup(limits))?;
    let setup = v1::Setup {
        slot: setup.slot.as_str(),
        settings: setup.settings,
        catalogue: setup.catalogue,
        tenants: setup.tenants,
        home: setup.home,
        extras: &[],
    };
    let (answer,): (Result<Vec<u8>, Vec<v1::Problem>>,) =
        session.call(loaded.exports.prepare, (setup,))?;
    match answer {
        Ok(prepared) => Ok(prepared),
        Err(problems) if problems.is_empty() => {
            Err(Fault::malformed("it refused the settings without saying why").into())
        }
        Err(problems) => Err(PrepareError::Problems(
            problems.into_iter().take(MOST).map(Into::into).collect(),
        )),
    }
}

impl From<v1::Problem> for Problem {
    fn from(problem: v1::Problem) -> Self {
        Self::from_guest(problem.code, problem.detail, problem.path)
    }
}

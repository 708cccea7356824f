//! One operation of a bulk request, as a single request.

use std::sync::Arc;

use rolecall_scim::{BulkMethod, BulkVerb, Error as ScimError};

use crate::App;
use crate::context::Context;
use crate::resources::{Conditions, location};

pub(super) struct Done {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) version: Option<String>,
}

pub(super) struct Failed {
    pub(super) location: Option<String>,
    pub(super) error: ScimError,
}

pub(super) async fn perform(
    app: &App,
    context: &Arc<Context>,
    verb: BulkVerb,
) -> Result<Done, Failed> {
    let BulkVerb {
        method,
        kind,
        id,
        version,
        data,
    } = verb;
    let target = (!id.is_empty()).then(|| location(context, kind, &id));
    let body = data.to_string();
    let conditions = Conditions {
        if_match: version,
        // The answer says where the resource is, not what.
        attributes: Some("id".to_owned()),
        ..Conditions::default()
    };
    let result = match method {
        BulkMethod::Post => {
            app.create(context, kind, body.as_bytes(), &conditions)
                .await
        }
        BulkMethod::Put => {
            app.replace(context, kind, &id, body.as_bytes(), &conditions)
                .await
        }
        BulkMethod::Patch => {
            app.patch(context, kind, &id, body.as_bytes(), &conditions)
                .await
        }
        BulkMethod::Delete => {
            return match app.delete(context, kind, &id, &conditions).await {
                Ok(()) => Ok(Done {
                    status: 204,
                    location: target,
                    version: None,
                }),
                Err(error) => Err(Failed {
                    location: target,
                    error,
                }),
            };
        }
    };
    match result {
        Ok(answer) => Ok(Done {
            status: if answer.created { 201 } else { 200 },
            version: Some(answer.etag()),
            location: Some(answer.location),
        }),
        Err(error) => Err(Failed {
            location: target,
            error,
        }),
    }
}

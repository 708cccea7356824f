//! `rolecall demo`: the main job, told step by step.
//!
//! A product (*Acme Analytics*) with two customers. Bluepeak provisions from Okta and maps by a rule
//! table; the reseller Northwind provisions from Entra and maps by a component of its own. Everything goes
//! through the front door: HTTP to the very server that keeps serving afterwards.

mod product;
mod story;

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use rolecall_app::workers::Retention;
use rolecall_app::{App, Compiling};
use rolecall_store::Store;
use serde_json::json;

use crate::client::Client;
use crate::commands::serve::{listen, serve, stop_signal};
use crate::config::Demo;
use crate::telemetry::Telemetry;
use product::{Customer, Product};

/// The story tells what was decided at once, on however slow a machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) async fn run(options: Demo, telemetry: &Telemetry) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot make a folder for the database")?;
    let url = format!("sqlite:{}", folder.path().join("demo.db").display());
    let store = Store::open(&url)
        .await
        .context("cannot open the database")?;
    let listener = listen(&options.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let compiling = Compiling {
        wait: PATIENCE,
        ..Compiling::default()
    };
    let app = App::new(store, url.clone(), Retention::default(), compiling).await?;
    let key = app
        .bootstrap(None)
        .await?
        .context("a new database has no operator key yet")?;
    let client = Client::new(url.clone(), key.reveal().to_owned())?;
    let stop = stop_signal()?;
    serve(app, listener, options.patience, telemetry, stop, async {
        let product = product::set_up(&client).await?;
        let out = &mut std::io::stdout();
        if options.json {
            // Quietly: the story is told to nobody, and yet it is what the data comes from.
            story::tell(&client, &product, &mut std::io::sink()).await?;
            writeln!(out, "{}", summary(&url, key.reveal(), &product))?;
        } else {
            story::tell(&client, &product, out).await?;
            try_yourself(out, &url, key.reveal(), &product)?;
        }
        Ok(out.flush()?)
    })
    .await
}

fn summary(url: &str, key: &str, product: &Product) -> serde_json::Value {
    let connection = |customer: &Customer| {
        json!({
            "id": customer.connection,
            "tenant": customer.tenant,
            "kind": customer.kind,
            "scim_url": customer.scim_url,
            "token": customer.token,
        })
    };
    json!({
        "url": url,
        "operator_key": key,
        "connections": [connection(&product.bluepeak), connection(&product.northwind)],
    })
}

fn try_yourself(out: &mut impl Write, url: &str, key: &str, product: &Product) -> Result<()> {
    let Customer {
        connection,
        scim_url,
        token,
        ..
    } = &product.northwind;
    writeln!(
        out,
        "
Now you. Provision one more user, as Northwind's identity provider would:

  curl -s {scim_url}/Users -H 'Authorization: Bearer {token}' \\
       -H 'Content-Type: application/scim+json' -d '{{
         \"schemas\": [\"urn:ietf:params:scim:schemas:core:2.0:User\",
                     \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"],
         \"userName\": \"you@northwind.example\", \"displayName\": \"You\",
         \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\": {{\"costCenter\": \"AP-7\"}}}}'

Read what was decided, and why (put the \"id\" of the answer in place of ID):

  curl -s {url}/v1/users/ID -H 'Authorization: Bearer {key}'
  curl -s {url}/v1/users/ID/decision -H 'Authorization: Bearer {key}'

Read what Northwind's identity provider sent, call by call:

  curl -s {url}/v1/connections/{connection}/requests -H 'Authorization: Bearer {key}'

Leave the costCenter out and see what the plugin answers. The API: {url}/openapi.json
Serving until Ctrl-C; the database is temporary.",
    )?;
    Ok(())
}

//! RFC 7644 §3.4.1 and §3.4.2: a resource, a list.

use serde_json::json;

use crate::answer::{equal, id};
use crate::check::{Check, Need, ensure, must};
use crate::session::{encode, group_path, user_path};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "rfc7644_3_4_1_get_is_200_with_the_resource",
            "A resource that exists is answered with 200 and its representation.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let read = scim.get(&user_path(&user)?).await?.expect(200)?;
                equal("userName", &read["userName"], &user["userName"])?;
                ensure(read == user, || format!("read {read}, created {user}"))
            },
        ),
        must(
            "rfc7644_3_4_1_unknown_id_is_404",
            "A resource that does not exist is answered with 404 and an error in JSON.",
            async |scim| {
                scim.get("/Users/conformance-no-such-user")
                    .await?
                    .error(404)
                    .map(drop)
            },
        ),
        must(
            "rfc7644_3_4_1_ids_belong_to_their_endpoint",
            "A User is no Group: its id names nothing under /Groups.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let path = format!("/Groups/{}", encode(id(&user)?));
                scim.get(&path).await?.error(404)?;
                let group = scim.group(&[]).await?;
                scim.get(&group_path(&group)?).await?.expect(200).map(drop)
            },
        )
        .needs([Need::Group]),
        must(
            "rfc7644_3_4_2_list_is_a_list_response",
            "A query is answered with a ListResponse: schemas and totalResults are REQUIRED.",
            async |scim| {
                let user = scim.user(&json!({})).await?;
                let (list, resources) = scim.get("/Users").await?.list()?;
                let total = list["totalResults"].as_u64();
                ensure(total.is_some_and(|total| total >= 1), || {
                    format!(
                        "totalResults is {} though there is {}",
                        list["totalResults"], user["id"]
                    )
                })?;
                ensure(!resources.is_empty(), || {
                    "there are no Resources".to_owned()
                })
            },
        ),
        must(
            "rfc7644_3_4_2_items_per_page_counts_the_resources",
            "itemsPerPage is the number of resources in the page, startIndex the first one's.",
            async |scim| {
                scim.people().await?;
                let (list, resources) = scim.get("/Users?startIndex=1&count=2").await?.list()?;
                ensure(resources.len() == 2, || {
                    format!("{} of 2 resources", resources.len())
                })?;
                equal("itemsPerPage", &list["itemsPerPage"], &2.into())?;
                equal("startIndex", &list["startIndex"], &1.into())
            },
        ),
        must(
            "rfc7644_3_4_2_no_match_is_an_empty_list",
            "A query without a match is 200 with totalResults 0.",
            async |scim| {
                let filter = encode(&format!("userName eq \"{}\"", scim.name()));
                for endpoint in ["/Users", "/Groups"] {
                    let filter = filter.replace(
                        "userName",
                        match endpoint {
                            "/Users" => "userName",
                            _ => "displayName",
                        },
                    );
                    let path = format!("{endpoint}?filter={filter}");
                    let (list, resources) = scim.get(&path).await?.list()?;
                    equal("totalResults", &list["totalResults"], &0.into())?;
                    ensure(resources.is_empty(), || "there are Resources".to_owned())?;
                }
                Ok(())
            },
        )
        .needs([Need::Filter, Need::Group]),
        must(
            "rfc7644_3_4_2_list_holds_representations",
            "The resources of a list are complete representations, as a GET of each is.",
            async |scim| {
                let user = scim.user(&json!({"externalId": scim.name()})).await?;
                let filter = format!("userName eq {}", user["userName"]);
                let found = scim.find("/Users", &filter).await?;
                ensure(found == [user.clone()], || {
                    format!("found {found:?}, created {user}")
                })
            },
        )
        .needs([Need::Filter]),
    ]
}

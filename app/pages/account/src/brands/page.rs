//! The first run: name and zone of the brand.

use base::form::FormTrouble;
use base::{Fault, Form, Loaded, Redirect, browser};
use leptos::prelude::*;
use model::{Check as _, FirstBrand};
use ui::{Button, FormCard, Select, Size, SkeletonRows, TextField, Variant};

use super::api::{BrandsFirst, zones};
use crate::accounts::api::me;
use crate::frame::Frame;

/// What everybody can start from.
const FALLBACK: &str = "UTC";

/// `/welcome`.
#[component]
pub fn WelcomePage() -> impl IntoView {
    let start = Resource::new(
        || (),
        |()| async {
            let me = me().await?;
            Ok::<_, Fault>((me.brand.is_some(), zones().await?))
        },
    );
    let action = ServerAction::<BrandsFirst>::new();
    let form = Form::of(action);
    view! {
        <Frame
            title="Name your brand"
            lead="Posts are planned and shown under this name, in this time zone."
        >
            <FormCard>
                <Loaded
                    resource=start
                    loading=|| view! { <SkeletonRows count=2 /> }
                    content=move |(has_brand, zones): (bool, Vec<String>)| {
                        if has_brand {
                            view! { <Redirect to="/" /> }.into_any()
                        } else {
                            view! { <BrandForm action=action form=form zones=zones /> }.into_any()
                        }
                    }
                />
            </FormCard>
        </Frame>
    }
}

#[component]
fn BrandForm(action: ServerAction<BrandsFirst>, form: Form, zones: Vec<String>) -> impl IntoView {
    let (name, zone) = (RwSignal::new(String::new()), RwSignal::new(FALLBACK.to_owned()));
    let input = move || FirstBrand { name: name.get_untracked(), zone: zone.get_untracked() };
    let known = StoredValue::new(zones.clone());
    Effect::new(move |_| {
        // A choice made before the script ran stays.
        if zone.get_untracked() == FALLBACK
            && let Some(theirs) =
                browser::zone().filter(|theirs| known.with_value(|zones| zones.contains(theirs)))
        {
            zone.set(theirs);
        }
    });
    let options = zones.into_iter().map(|zone| (zone.clone(), zone.replace('_', " "))).collect::<Vec<_>>();
    view! {
           <ActionForm action=action attr:novalidate=true>
               <FormTrouble form=form />
               <TextField
                   label="Brand name"
                   name="input[name]"
                   autocomplete="organization"
                   required=true
                   bind=name
                   hint="The name people know, for example Northwind Coffee."
                   error=form.error("name")
                   on_input=move |_| form.changed("name", input().check())
               />
               <Select
                   label="Time zone"
                   name="input[zone]"
                   options=options
                   bind=zone
                   error=form.error("zone")
                   hint="Every time in Daybill is meant in this zone."
               />
               <Button
                   submit=true
                   variant=Variant::Primary
                   size=Size::Large
                   wide=true
                   busy=action.pending()
    on_click=move |event| form.guard(&event, input().check())
               >
                   "Create brand"
               </Button>
           </ActionForm>
       }
}

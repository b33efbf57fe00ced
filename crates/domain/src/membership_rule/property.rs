//! Which properties of a user a rule can ask, under which names, and what each is in Graph. The table
//! is the only place that knows both names. Never a value of anyone.

/// What a rule may ask of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// Its name in rules, after `user.`; in any letter case.
    pub name: &'static str,
    /// The core name of the user's property that holds it.
    pub core: &'static str,
    /// Which part of that property is meant.
    pub part: Part,
    /// What kind of value it has.
    pub shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// The first entry of a list.
    First,
    /// A member of a complex property, by its name.
    Member(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Bool,
    Text,
    /// A list of texts.
    Texts,
    Time,
    /// A list of service plans.
    Plans,
}

impl Shape {
    /// The shape in the words of a message: "it is …".
    pub(super) fn words(self) -> &'static str {
        match self {
            Shape::Bool => "true or false",
            Shape::Text => "a text",
            Shape::Texts => "a list of texts",
            Shape::Time => "a date and time",
            Shape::Plans => "a list of service plans",
        }
    }
}

/// A property of a service plan, asked as `assignedPlan.…` within `-any` and `-all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlanField {
    CapabilityStatus,
    Service,
    ServicePlanId,
}

impl PlanField {
    pub(super) const ALL: [PlanField; 3] = [PlanField::CapabilityStatus, PlanField::Service, PlanField::ServicePlanId];

    pub(super) fn name(self) -> &'static str {
        match self {
            PlanField::CapabilityStatus => "capabilityStatus",
            PlanField::Service => "service",
            PlanField::ServicePlanId => "servicePlanId",
        }
    }
}

impl Property {
    /// The property that a rule calls `name`, in any letter case.
    pub(super) fn named(name: &str) -> Option<&'static Property> {
        PROPERTIES.iter().find(|property| property.name.eq_ignore_ascii_case(name))
    }

    /// The property that Graph calls `name`, where a rule calls it something else.
    pub(super) fn called_in_graph(name: &str) -> Option<&'static Property> {
        PROPERTIES
            .iter()
            .find(|property| !matches!(property.part, Part::Member(_)) && property.core.eq_ignore_ascii_case(name))
    }

    const fn renamed(self, core: &'static str) -> Property {
        Property { core, ..self }
    }

    const fn first_of(self, core: &'static str) -> Property {
        Property { core, part: Part::First, ..self }
    }

    const fn member(self, core: &'static str, member: &'static str) -> Property {
        Property { core, part: Part::Member(member), ..self }
    }
}

const fn plain(name: &'static str, shape: Shape) -> Property {
    Property { name, core: name, part: Part::Whole, shape }
}

const fn text(name: &'static str) -> Property {
    plain(name, Shape::Text)
}

const fn extension(name: &'static str) -> Property {
    text(name).member("onPremisesExtensionAttributes", name)
}

/// Every property there is. Names of directory extensions, `extension_{application}_{name}`, are
/// known by their form instead.
pub static PROPERTIES: &[Property] = &[
    plain("accountEnabled", Shape::Bool),
    plain("assignedPlans", Shape::Plans),
    text("city"),
    text("companyName"),
    text("country"),
    text("department"),
    plain("dirSyncEnabled", Shape::Bool).renamed("onPremisesSyncEnabled"),
    text("displayName"),
    plain("employeeHireDate", Shape::Time),
    text("employeeId"),
    text("employeeOrgData.costCenter").member("employeeOrgData", "costCenter"),
    text("employeeOrgData.division").member("employeeOrgData", "division"),
    text("employeeType"),
    extension("extensionAttribute1"),
    extension("extensionAttribute2"),
    extension("extensionAttribute3"),
    extension("extensionAttribute4"),
    extension("extensionAttribute5"),
    extension("extensionAttribute6"),
    extension("extensionAttribute7"),
    extension("extensionAttribute8"),
    extension("extensionAttribute9"),
    extension("extensionAttribute10"),
    extension("extensionAttribute11"),
    extension("extensionAttribute12"),
    extension("extensionAttribute13"),
    extension("extensionAttribute14"),
    extension("extensionAttribute15"),
    text("facsimileTelephoneNumber").renamed("faxNumber"),
    text("givenName"),
    text("jobTitle"),
    text("mail"),
    text("mailNickName").renamed("mailNickname"),
    text("mobile").renamed("mobilePhone"),
    text("objectId").renamed("id"),
    text("onPremisesDistinguishedName"),
    text("onPremisesSecurityIdentifier"),
    plain("otherMails", Shape::Texts),
    text("passwordPolicies"),
    text("physicalDeliveryOfficeName").renamed("officeLocation"),
    text("postalCode"),
    text("preferredLanguage"),
    plain("proxyAddresses", Shape::Texts),
    text("sipProxyAddress").first_of("imAddresses"),
    text("state"),
    text("streetAddress"),
    text("surname"),
    text("telephoneNumber").first_of("businessPhones"),
    text("usageLocation"),
    text("userPrincipalName"),
    text("userType"),
];

//! A small schema for tests and fuzzing: a directory, packages in a catalog, and one of every kind
//! of property. It names the crate from outside, so that the fuzz targets can include this file.

use odata::schema::{
    Access, Capabilities, EnumId, EnumType, Filter, Item, Kind, Navigation, Operation, OperationType, Primitive,
    Property, Schema, StructType, Type, TypeId,
};

pub const DIRECTORY_OBJECT: TypeId = TypeId(1);
pub const USER: TypeId = TypeId(2);
pub const GROUP: TypeId = TypeId(3);
pub const GOVERNANCE: TypeId = TypeId(4);
pub const PACKAGE: TypeId = TypeId(5);
pub const CATALOG: TypeId = TypeId(6);
pub const SCHEDULE: TypeId = TypeId(7);
pub const EXPIRATION: TypeId = TypeId(8);
pub const SUBJECT_SET: TypeId = TypeId(9);
#[allow(dead_code, reason = "each user of this file needs some of them")]
pub const GROUP_MEMBERS: TypeId = TypeId(10);
pub const STAGE: TypeId = TypeId(11);
pub const QUESTION: TypeId = TypeId(12);
const STATE: Item = Item::Enum(EnumId(0));
const EXPIRATION_TYPE: Item = Item::Enum(EnumId(1));
const REQUEST_STATE: Item = Item::Enum(EnumId(2));

fn one(item: Item) -> Type {
    Type { item, many: false }
}

fn kind(kind: Primitive) -> Item {
    Item::Primitive(kind)
}

fn property(name: &'static str, item: Item) -> Property {
    Property {
        name,
        ty: one(item),
        nullable: true,
        required: false,
        access: Access::ReadWrite,
        filter: Filter::Any,
        default: true,
        declared: true,
        tag: 0,
    }
}

fn text(name: &'static str) -> Property {
    property(name, kind(Primitive::String))
}

fn many(mut property: Property) -> Property {
    property.ty.many = true;
    property.nullable = false;
    property
}

fn required(mut property: Property) -> Property {
    property.required = true;
    property.nullable = false;
    property
}

fn with(mut property: Property, access: Access, filter: Filter, default: bool) -> Property {
    (property.access, property.filter, property.default) = (access, filter, default);
    property
}

fn id() -> Property {
    let mut id = with(property("id", kind(Primitive::Guid)), Access::ReadOnly, Filter::Any, true);
    id.nullable = false;
    id
}

fn navigation(name: &'static str, target: TypeId, many: bool) -> Navigation {
    Navigation { name, target, many, contained: false, expandable: true, bindable: false, inline: false, tag: 0 }
}

fn bindable(mut navigation: Navigation) -> Navigation {
    navigation.bindable = true;
    navigation
}

fn inline(navigation: Navigation) -> Navigation {
    Navigation { inline: true, ..contained(navigation) }
}

fn contained(mut navigation: Navigation) -> Navigation {
    navigation.contained = true;
    navigation
}

fn entity(
    name: &'static str,
    base: Option<(&StructType, TypeId)>,
    properties: Vec<Property>,
    navigations: Vec<Navigation>,
) -> StructType {
    let mut ty = StructType::new(name, Kind::Entity);
    if let Some((above, id)) = base {
        ty.base = Some(id);
        ty.properties.extend(above.properties.iter().cloned());
        ty.navigations.extend(above.navigations.iter().cloned());
    }
    ty.declared_properties = ty.properties.len();
    ty.declared_navigations = ty.navigations.len();
    ty.properties.extend(properties);
    ty.navigations.extend(navigations);
    ty
}

fn complex(name: &'static str, base: Option<(&StructType, TypeId)>, properties: Vec<Property>) -> StructType {
    let mut ty = entity(name, base, properties, vec![]);
    ty.kind = Kind::Complex;
    ty
}

fn directory(mut ty: StructType, search: &'static [&'static str]) -> StructType {
    ty.capabilities = Capabilities { page: 100, max_top: 999, advanced: true, search, newest_first: None };
    ty
}

pub fn schema() -> Schema {
    let root = {
        let mut root = entity("root", None, vec![], vec![]);
        root.kind = Kind::Root;
        root.navigations = vec![
            navigation("users", USER, true),
            navigation("groups", GROUP, true),
            navigation("directoryObjects", DIRECTORY_OBJECT, true),
            navigation("me", USER, false),
            navigation("identityGovernance", GOVERNANCE, false),
        ];
        root
    };
    let mut object = directory(entity("directoryObject", None, vec![id()], vec![]), &[]);
    object.is_abstract = true;
    let user_properties = vec![
        with(required(text("displayName")), Access::ReadWrite, Filter::Folded, true),
        with(text("userPrincipalName"), Access::ReadWrite, Filter::Folded, true),
        property("accountEnabled", kind(Primitive::Boolean)),
        with(text("password"), Access::WriteOnly, Filter::None, false),
        with(property("createdDateTime", kind(Primitive::DateTimeOffset)), Access::ReadOnly, Filter::Any, false),
        property("birthday", kind(Primitive::Date)),
        property("age", kind(Primitive::Int32)),
        property("score", kind(Primitive::Double)),
        many(text("tags")),
        with(text("aboutMe"), Access::ReadWrite, Filter::None, false),
        with(text("createdBy"), Access::CreateOnly, Filter::None, false),
    ];
    let user_navigations =
        vec![bindable(navigation("manager", DIRECTORY_OBJECT, false)), navigation("memberOf", DIRECTORY_OBJECT, true)];
    let mut user = directory(
        entity("user", Some((&object, DIRECTORY_OBJECT)), user_properties, user_navigations),
        &["displayName"],
    );
    user.alternate_keys = vec![2];
    user.plain_key = Some(2);
    let group_properties = vec![
        with(required(text("displayName")), Access::ReadWrite, Filter::Folded, true),
        with(text("description"), Access::ReadWrite, Filter::Any, true),
        many(text("groupTypes")),
    ];
    let group_navigations = vec![
        bindable(navigation("members", DIRECTORY_OBJECT, true)),
        bindable(navigation("owners", DIRECTORY_OBJECT, true)),
    ];
    let mut group = directory(
        entity("group", Some((&object, DIRECTORY_OBJECT)), group_properties, group_navigations),
        &["displayName", "description"],
    );
    group.open = true;
    let governance = entity(
        "governance",
        None,
        vec![],
        vec![contained(navigation("accessPackages", PACKAGE, true)), contained(navigation("catalogs", CATALOG, true))],
    );
    let package = entity(
        "accessPackage",
        None,
        vec![
            id(),
            with(required(text("displayName")), Access::ReadWrite, Filter::Folded, true),
            property("state", STATE),
            property("requestState", REQUEST_STATE),
            with(property("schedule", Item::Complex(SCHEDULE)), Access::ReadWrite, Filter::Any, true),
            many(property("stages", Item::Complex(STAGE))),
            many(property("targets", Item::Complex(SUBJECT_SET))),
            property("wait", kind(Primitive::Duration)),
            property("blob", kind(Primitive::Binary)),
            property("big", kind(Primitive::Int64)),
        ],
        vec![
            bindable(navigation("catalog", CATALOG, false)),
            bindable(navigation("incompatibleGroups", GROUP, true)),
            navigation("incompatibleAccessPackages", PACKAGE, true),
            inline(navigation("questions", QUESTION, true)),
            Navigation { expandable: false, ..navigation("hidden", PACKAGE, true) },
        ],
    );
    let catalog = entity(
        "catalog",
        None,
        vec![id(), with(required(text("displayName")), Access::ReadWrite, Filter::Folded, true)],
        vec![navigation("accessPackages", PACKAGE, true)],
    );
    let schedule = complex(
        "schedule",
        None,
        vec![
            property("startDateTime", kind(Primitive::DateTimeOffset)),
            property("expiration", Item::Complex(EXPIRATION)),
        ],
    );
    let mut expiration = complex(
        "expiration",
        None,
        vec![
            property("type", EXPIRATION_TYPE),
            property("duration", kind(Primitive::Duration)),
            property("endDateTime", kind(Primitive::DateTimeOffset)),
        ],
    );
    expiration.open = true;
    let mut subject_set = complex("subjectSet", None, vec![]);
    subject_set.is_abstract = true;
    let members = complex(
        "groupMembers",
        Some((&subject_set, SUBJECT_SET)),
        vec![text("description"), required(text("groupId"))],
    );
    let stage = complex(
        "stage",
        None,
        vec![
            property("wait", kind(Primitive::Duration)),
            property("isRequired", kind(Primitive::Boolean)),
            many(property("approvers", Item::Complex(SUBJECT_SET))),
        ],
    );
    let question = entity("question", None, vec![id(), required(text("text"))], vec![]);

    let mut types = vec![
        root,
        object,
        user,
        group,
        governance,
        package,
        catalog,
        schedule,
        expiration,
        subject_set,
        members,
        stage,
        question,
    ];
    let shapes: Vec<(Option<TypeId>, bool)> = types.iter().map(|ty| (ty.base, ty.is_abstract)).collect();
    for (at, ty) in types.iter_mut().enumerate() {
        let own = TypeId(at as u16);
        let below = |each: &usize| shapes.get(*each).is_some_and(|(base, _)| *each == at || *base == Some(own));
        let concrete = (0..shapes.len()).filter(below).filter(|each| shapes.get(*each).is_some_and(|(_, no)| !no));
        ty.concrete = concrete.map(|each| TypeId(each as u16)).collect();
        ty.index();
    }
    let enums = vec![
        EnumType {
            name: "packageState",
            members: vec![("draft", 0), ("published", 1), ("unknownFutureValue", 2), ("retired", 3)],
            as_string: false,
            flags: false,
        },
        EnumType {
            name: "expirationType",
            members: vec![("noExpiration", 0), ("afterDuration", 1), ("afterDateTime", 2)],
            as_string: false,
            flags: false,
        },
        EnumType {
            name: "requestState",
            members: vec![("Submitted", 0), ("Delivered", 1)],
            as_string: true,
            flags: false,
        },
    ];
    let string = one(kind(Primitive::String));
    let operation = |name, action, bound_to, bound_to_collection, parameters, returns| Operation {
        name,
        action,
        bound_to,
        bound_to_collection,
        parameters,
        returns,
        tag: 0,
    };
    let packages = Some(OperationType::Entity { ty: PACKAGE, many: true });
    let operations = vec![
        operation("filterByCurrentUser", false, PACKAGE, true, vec![("on", one(STATE), false)], packages),
        operation(
            "additionalAccess",
            false,
            PACKAGE,
            true,
            vec![("accessPackageId", string, false), ("incompatibleAccessPackageId", string, false)],
            packages,
        ),
        operation("additionalAccess", false, PACKAGE, true, vec![], packages),
        operation("cancel", true, PACKAGE, false, vec![], None),
        operation(
            "getMemberGroups",
            true,
            DIRECTORY_OBJECT,
            false,
            vec![
                ("securityEnabledOnly", one(kind(Primitive::Boolean)), false),
                ("ids", Type { item: kind(Primitive::Guid), many: true }, true),
            ],
            Some(OperationType::Value(Type { item: kind(Primitive::String), many: true })),
        ),
    ];
    Schema::new("microsoft.graph", "v1.0", types, enums, operations, TypeId(0))
}

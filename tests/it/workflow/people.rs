//! Every action by every role: the owner, the team, strangers of the same role, and everybody else.

use super::commands::Film;
use crate::harness::snapshot;
use crate::harness::stages::{Stage, holder};
use kuaidan::domain::approval::NodeKind;
use kuaidan::domain::ids::PersonId;
use kuaidan::domain::policy::{self, Act, DeniedWhy, Reach, grants};
use kuaidan::domain::staff::{Actor, Role};
use kuaidan::domain::workflow::{Action, Case, Command};
use uuid::Uuid;

/// Somebody with one role.
fn somebody(role: Role, id: u128, manager: Option<PersonId>) -> Actor {
    Actor {
        id: PersonId(Uuid::from_u128(id)),
        name: "某人".to_owned(),
        roles: vec![role],
        manager,
        mandates: Vec::new(),
    }
}

/// The case with this person as owner of customer and deal.
fn owned_by(mut case: Case, owner: PersonId, manager: Option<PersonId>) -> Case {
    case.customer.owner = owner;
    case.customer.owner_manager = manager;
    case.deal.iter_mut().for_each(|d| {
        d.owner = owner;
        d.owner_manager = manager;
    });
    case
}

#[tokio::test]
async fn every_action_is_refused_to_every_role_that_has_no_grant() {
    let film = Film::shoot().await;
    let case = film.at(Stage::Signed);
    for action in Action::ALL {
        let command = film.command(*action, &case);
        let granted = grants(Act::Do(*action));
        for role in Role::ALL.iter().filter(|role| !granted.iter().any(|(r, _)| r == *role)) {
            for stranger in
                [somebody(*role, 77, None), somebody(*role, 77, case.deal.as_ref().and_then(|d| d.owner_manager))]
            {
                let Err(denied) = policy::may_command(&stranger, &command, &case) else {
                    panic!("{action} by {role} without a grant");
                };
                assert_eq!(denied.why, DeniedWhy::Role, "{action} by {role}");
                assert!(!policy::may_ever(&stranger, Act::Do(*action)), "{action} by {role}");
            }
            // Owning it does not help.
            let own = owned_by(case.clone(), somebody(*role, 77, None).id, None);
            assert!(
                policy::may_command(&somebody(*role, 77, None), &command, &own).is_err(),
                "{action} by the owner, {role}"
            );
        }
    }
}

#[tokio::test]
async fn a_grant_reaches_as_far_as_it_says() {
    let film = Film::shoot().await;
    let case = film.at(Stage::Signed);
    let (me, boss, other) =
        (PersonId(Uuid::from_u128(77)), PersonId(Uuid::from_u128(88)), PersonId(Uuid::from_u128(99)));
    for action in Action::ALL {
        for (role, reach) in grants(Act::Do(*action)) {
            let act = Act::Do(*action);
            let allowed = |actor: &Actor, owner, manager| {
                policy::may_on(actor, act, &owned_by(case.clone(), owner, manager)).is_ok()
            };
            let actor = somebody(*role, 77, Some(boss));
            let reached = (
                allowed(&actor, me, Some(boss)),
                allowed(&actor, other, Some(me)),
                allowed(&actor, other, Some(boss)),
                allowed(&actor, other, Some(other)),
            );
            let expected = match reach {
                Reach::Own => (true, false, false, false),
                Reach::Team => (true, true, true, false),
                Reach::All => (true, true, true, true),
            };
            assert_eq!(reached, expected, "{action} by {role}: own, led, same team, strange");
            // Two people without a manager are no team.
            let alone = somebody(*role, 77, None);
            assert_eq!(allowed(&alone, other, None), *reach == Reach::All, "{action} by {role} without a team");
        }
    }
}

#[tokio::test]
async fn duties_are_separate() {
    let film = Film::shoot().await;
    let case = film.at(Stage::QuoteSubmitted);
    let owner = case.deal.as_ref().expect("a deal").owner;
    let why = |actor: &Actor, action, case: &Case| {
        policy::may_command(actor, &film.command(action, case), case).err().map(|d| d.why)
    };
    for role in Role::ALL {
        let same = Actor { id: owner, ..somebody(*role, 0, None) };
        assert_eq!(why(&same, Action::DecideNode, &case), Some(DeniedWhy::OwnDeal), "{role}");
        assert_eq!(why(&same, Action::VerifyLicense, &case), Some(DeniedWhy::OwnCustomer), "{role}");
    }
    // The deal changed hands; who asked still does not decide.
    let manager = film.world.actor("liqiang");
    let handed_over = owned_by(case.clone(), film.world.id("zhaoliu"), Some(manager.id));
    let mut asked_by_manager = handed_over.clone();
    asked_by_manager.round.iter_mut().for_each(|r| r.requested_by = manager.id);
    assert_eq!(why(&manager, Action::DecideNode, &asked_by_manager), Some(DeniedWhy::OwnDeal));
    assert_eq!(why(&manager, Action::DecideNode, &handed_over), None);
}

#[tokio::test]
async fn each_node_belongs_to_its_role_and_a_person_decides_one() {
    let film = Film::shoot().await;
    let mut case = film.at(Stage::QuoteSubmitted);
    for kind in NodeKind::ALL {
        for role in Role::ALL {
            let actor = film.world.actor(holder(*role));
            let refused = policy::may_decide(&actor, *kind, &case).err().map(|d| d.why);
            let expected = match role {
                Role::SalesRep => Some(DeniedWhy::OwnDeal),
                role if *role == kind.role() => None,
                _ => Some(DeniedWhy::Role),
            };
            assert_eq!(refused, expected, "{kind} by {role}");
        }
    }
    // 周凯 has decided another node of the round already, in whatever role.
    let technical = film.world.actor("zhoukai");
    let decided = kuaidan::domain::approval::Decided {
        by: technical.id,
        by_name: "周凯".to_owned(),
        at: film.world.now(),
        comment: None,
        on_behalf: None,
    };
    case.round.iter_mut().flat_map(|r| &mut r.nodes).for_each(|n| n.decided = Some(decided.clone()));
    assert_eq!(
        policy::may_decide(&technical, NodeKind::Technical, &case).err().map(|d| d.why),
        Some(DeniedWhy::DecidedBefore)
    );
}

#[tokio::test]
async fn a_special_requirement_is_acknowledged_by_its_department() {
    let film = Film::shoot().await;
    let case = film.at(Stage::OrderConfirmed);
    let acknowledge = Command::AcknowledgeSpecial { position: 1 };
    for role in Role::ALL {
        let refused = policy::may_command(&film.world.actor(holder(*role)), &acknowledge, &case).err().map(|d| d.why);
        let expected = match role {
            Role::Warehouse => None,
            Role::Admin => Some(DeniedWhy::Role),
            _ => Some(DeniedWhy::OtherDepartment),
        };
        assert_eq!(refused, expected, "{role}");
    }
}

#[test]
fn the_permission_matrix_is_the_one_that_was_agreed() {
    snapshot::compare("permissions.txt", &policy::matrix());
}

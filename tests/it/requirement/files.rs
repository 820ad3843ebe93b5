//! Drawings and specifications: kept, listed, copied forward, and closed to those who are not on the deal.

use super::{PDF, at_the_form, fill_head};
use crate::harness::browser::Browser;
use crate::harness::stages::{Plan, Stage};
use crate::harness::world::World;
use axum::http::StatusCode;
use kuaidan::domain::requirement::{RequirementFile, RequirementFileKind};
use kuaidan::domain::workflow::Command;

#[tokio::test]
async fn several_files_are_kept_removed_and_carried_to_the_next_version() {
    let world = World::new().await;
    let (mut b, deal) = at_the_form(&world).await;
    fill_head(&mut b);
    b.set("product#1", "QM-65").set("quantity#1", "x").set("file_kind", "other").attach("file", "布置图.pdf", PDF);
    assert_eq!(b.submit("/requirement").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(b.sees("请重新选择文件"), "{}", b.text());
    b.set("quantity#1", "2").attach("file", "a.pdf", b"no pdf at all");
    b.set("file_kind", "drawing");
    assert_eq!(b.submit("/requirement").await, StatusCode::UNPROCESSABLE_ENTITY, "the content is looked at");
    b.attach("file", "a.pdf", PDF);
    b.set("file_kind", "");
    assert_eq!(b.submit("/requirement").await, StatusCode::UNPROCESSABLE_ENTITY, "{}", b.text());
    assert!(b.sees("文件类型："), "{}", b.text());
    b.set("file_kind", "drawing").attach("file", "布置图.pdf", PDF).attach("file", "规格.pdf", b"%PDF-1.4 spec");
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    assert!(b.sees("布置图.pdf") && b.sees("规格.pdf"), "{}", b.text());
    let files = world.case(&deal).await.requirement.unwrap().content.files;
    assert_eq!(files.len(), 2);
    assert_eq!(b.open(&format!("/files/{}", files[0].id)).await, StatusCode::OK);

    b.open(&format!("/deals/{deal}/requirement")).await;
    b.set("remove_file", &files[1].id.to_string());
    assert_eq!(b.submit("/requirement").await, StatusCode::OK, "{}", b.text());
    assert_eq!(world.case(&deal).await.requirement.unwrap().content.files, files[..1]);
    for stage in [Stage::RequirementSent, Stage::RequirementConfirmed] {
        world.bring_to(stage, &deal, &Plan::default()).await;
    }
    world.must("wangmin", &deal, &[], Command::ReviseRequirement).await;
    let revised = world.case(&deal).await.requirement.unwrap();
    assert_eq!((revised.version_no, &revised.content.files), (2, &files[..1].to_vec()));
}

#[tokio::test]
async fn files_of_a_confidential_requirement_are_for_the_people_on_the_deal() {
    let world = World::new().await;
    let deal = world.deal_at(Stage::RequirementDrafted, &Plan::default()).await;
    let drawing = world.pdf("图纸").await;
    let mut content = world.case(&deal).await.requirement.unwrap().content;
    content.is_confidential = true;
    content.files =
        vec![RequirementFile { id: drawing.id, kind: RequirementFileKind::Drawing, name: "图纸.pdf".to_owned() }];
    let address = format!("/files/{}", drawing.id);
    world.must("wangmin", &deal, &[drawing], Command::SaveRequirement(Box::new(content))).await;
    let start = Browser::at(&world).await;
    let open = async |login: &str| {
        let mut b = start.another();
        b.sign_in(login).await;
        b.open(&address).await
    };
    for login in ["wangmin", "liqiang"] {
        assert_eq!(open(login).await, StatusCode::OK, "{login} is on the deal");
    }
    for login in ["zhaoxue", "chenjing", "wufang", "zhoukai", "zhaoliu", "sunli", "admin"] {
        assert_eq!(open(login).await, StatusCode::NOT_FOUND, "{login} is not on the deal");
    }
    let mut b = start.another();
    b.sign_in("chenjing").await;
    b.open(&format!("/deals/{deal}/requirement")).await;
    assert!(b.sees("1 个附件仅限本单相关人员查看") && !b.html.contains(&address), "{}", b.text());
    for stage in Stage::ALL.into_iter().filter(|s| (Stage::RequirementSent..=Stage::Accepted).contains(s)) {
        world.bring_to(stage, &deal, &Plan::default()).await;
    }
    for login in ["sunli", "hejun", "zhengwei", "zhoukai", "wufang"] {
        assert_eq!(open(login).await, StatusCode::OK, "{login} works on the order");
    }
    assert_eq!(open("zhaoliu").await, StatusCode::NOT_FOUND);
}

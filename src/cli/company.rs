//! The demonstration company as data: its people, products, prices and customers (DOMAIN 9).
//!
//! Everything is fictional; credit codes come from the range that the standard keeps free
//! (DOMAIN 6.1). The customer of story 1 is left out on purpose, so that somebody can register it.
//! Amounts are in fen. Nothing here does anything.

use crate::domain::customer::{CustomerType, Grade, Industry, SizeBand, Source};
use crate::domain::requirement::LineKind;
use crate::domain::special_need::NeedCategory;
use crate::domain::staff::{Department, Role};

pub struct PersonPlan {
    pub login: &'static str,
    pub name: &'static str,
    pub name_en: &'static str,
    pub department: Department,
    pub role: Role,
    pub manager: Option<&'static str>,
    pub post: &'static str,
    pub post_en: &'static str,
}

#[rustfmt::skip]
const fn person(
    (login, name, name_en): (&'static str, &'static str, &'static str), department: Department, role: Role,
    manager: Option<&'static str>, (post, post_en): (&'static str, &'static str),
) -> PersonPlan {
    PersonPlan { login, name, name_en, department, role, manager, post, post_en }
}

/// Managers stand before their people.
#[rustfmt::skip]
pub const PEOPLE: &[PersonPlan] = &[
    person(("chenjing", "陈静", "Chen Jing"), Department::Sales, Role::SalesDirector, None, ("销售总监", "sales director")),
    person(("liqiang", "李强", "Li Qiang"), Department::Sales, Role::SalesManager, Some("chenjing"), ("销售主管", "sales manager")),
    person(("wangmin", "王敏", "Wang Min"), Department::Sales, Role::SalesRep, Some("liqiang"), ("业务员", "sales rep")),
    person(("zhaoliu", "赵六", "Zhao Liu"), Department::Sales, Role::SalesRep, Some("liqiang"), ("业务员", "sales rep")),
    person(("zhaoxue", "赵雪", "Zhao Xue"), Department::Sales, Role::SalesAssistant, Some("liqiang"), ("销售助理", "sales assistant")),
    person(("zhoukai", "周凯", "Zhou Kai"), Department::Technical, Role::Technical, None, ("技术", "technical")),
    person(("wufang", "吴芳", "Wu Fang"), Department::Finance, Role::Finance, None, ("财务", "finance")),
    person(("zhengwei", "郑伟", "Zheng Wei"), Department::Production, Role::Production, None, ("生产", "production")),
    person(("sunli", "孙丽", "Sun Li"), Department::Warehouse, Role::Warehouse, None, ("仓储", "warehouse")),
    person(("hejun", "何军", "He Jun"), Department::Logistics, Role::Logistics, None, ("物流", "logistics")),
    person(("liujianguo", "刘建国", "Liu Jianguo"), Department::Management, Role::GeneralManager, None, ("总经理", "general manager")),
    person(("hemin", "何敏", "He Min"), Department::Management, Role::GeneralManager, None, ("副总经理", "deputy general manager")),
    person(("admin", "系统管理员", "Administrator"), Department::It, Role::Admin, None, ("系统管理员", "administrator")),
];

/// The seller on paper: address, phone, credit code, bank and account.
pub const LETTERHEAD: [&str; 5] = [
    "江苏省苏州市工业园区星湖街 328 号",
    "0512-62345678",
    "91320594PDY000992B",
    "某某银行苏州工业园区支行",
    "1102020409000123456",
];

pub struct ProductPlan {
    pub code: &'static str,
    pub name: &'static str,
    pub name_en: &'static str,
    pub kind: LineKind,
    pub spec: &'static str,
    pub unit: &'static str,
    pub rate_percent: i64,
    pub lead_days: i32,
    /// Opening stock; none where nothing is kept.
    pub stock: Option<i64>,
    /// Never sold before: the technical department looks at it.
    pub is_new: Newness,
    /// From quantity, unit price, floor price.
    pub tiers: &'static [(i64, i64, i64)],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Newness {
    New,
    SoldBefore,
}

type Names = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const fn goods((code, name, name_en): Names, spec: &'static str, unit: &'static str, lead_days: i32, stock: i64, tiers: &'static [(i64, i64, i64)]) -> ProductPlan {
    ProductPlan { code, name, name_en, kind: LineKind::Standard, spec, unit, rate_percent: 13, lead_days, stock: Some(stock), is_new: Newness::SoldBefore, tiers }
}

#[rustfmt::skip]
const fn service((code, name, name_en): Names, spec: &'static str, unit: &'static str, rate_percent: i64, tiers: &'static [(i64, i64, i64)]) -> ProductPlan {
    ProductPlan { code, name, name_en, kind: LineKind::Service, spec, unit, rate_percent, lead_days: 0, stock: None, is_new: Newness::SoldBefore, tiers }
}

/// Stock and prices of QM-65, RM-PA66 and GP-500 are those of the stories; no deal below takes
/// any of them from the shelf.
#[rustfmt::skip]
pub const PRODUCTS: &[ProductPlan] = &[
    goods(("QM-65", "智能会议一体机", "Interactive meeting display 65"), "65 寸 4K 触控", "台", 7, 40, &[(1, 899_900, 700_000), (5, 859_900, 700_000), (10, 829_900, 700_000)]),
    goods(("QM-75", "智能会议一体机 75 寸", "Interactive meeting display 75"), "75 寸 4K 触控,双系统", "台", 7, 120, &[(1, 1_299_900, 1_020_000), (5, 1_249_900, 1_020_000), (10, 1_199_900, 1_020_000)]),
    goods(("QM-86", "智能会议一体机 86 寸", "Interactive meeting display 86"), "86 寸 4K 触控,双系统", "台", 10, 60, &[(1, 1_899_900, 1_500_000), (5, 1_829_900, 1_500_000)]),
    goods(("YT-20", "全向会议麦克风", "Conference speakerphone"), "USB/蓝牙,6 米拾音", "个", 3, 400, &[(1, 128_000, 92_000), (10, 119_000, 92_000)]),
    goods(("SX-4K", "高清会议摄像机", "Conference camera 4K"), "4K,12 倍变焦", "台", 5, 150, &[(1, 356_000, 270_000), (10, 336_000, 270_000)]),
    goods(("WP-10", "无线投屏器", "Wireless presentation dongle"), "1080P,即插即用", "个", 3, 600, &[(1, 49_900, 32_000), (20, 45_900, 32_000)]),
    goods(("ZJ-01", "移动支架", "Mobile stand"), "承重 100 千克,带刹车脚轮", "件", 3, 220, &[(1, 99_000, 65_000), (10, 92_000, 65_000)]),
    goods(("KB-32", "产线电子看板", "Shop floor board 32"), "32 寸,工业级,壁挂", "台", 6, 12, &[(1, 288_000, 215_000), (20, 268_000, 215_000)]),
    goods(("RM-PA66", "PA66 精密组件", "PA66 precision assembly"), "含 30 % 玻纤,公差 0.02 毫米", "套", 8, 14, &[(1, 500_000, 420_000)]),
    goods(("GP-500", "礼品盒", "Gift box"), "可印标识,300 × 220 × 90 毫米", "个", 2, 320, &[(1, 3_990, 2_900), (500, 3_590, 2_900)]),
    ProductPlan { is_new: Newness::New, ..goods(("XT-900", "边缘计算网关", "Edge gateway"), "8 路串口,-20 至 60 摄氏度", "台", 12, 25, &[(1, 420_000, 315_000)]) },
    ProductPlan { kind: LineKind::Custom, stock: None, ..goods(("WS-800", "定制工作站", "Custom workstation"), "按图定制,双臂,含伺服与安全光栅", "台", 40, 0, &[(1, 18_500_000, 14_800_000)]) },
    service(("AZ-01", "安装调试", "Installation"), "现场安装、调试与培训", "项", 6, &[(1, 120_000, 90_000)]),
    service(("BZ-01", "防潮包装", "Moisture-proof packing"), "防潮托盘 + 护角 + 缠绕膜", "套", 13, &[(1, 3_500, 2_500)]),
    service(("JS-01", "技术服务", "Technical service"), "产线联调与一年驻场支持", "项", 6, &[(1, 12_000_000, 9_600_000)]),
];

/// The list of A customers: product, from quantity, unit price, floor price.
#[rustfmt::skip]
pub const GRADE_A_PRICES: &[(&str, i64, i64, i64)] = &[
    ("QM-75", 1, 1_249_900, 1_020_000), ("QM-75", 10, 1_159_900, 1_020_000), ("QM-86", 1, 1_829_900, 1_500_000),
    ("SX-4K", 1, 336_000, 270_000), ("KB-32", 1, 268_000, 215_000),
];

pub struct CustomerPlan {
    pub legal_name: &'static str,
    pub short_name: &'static str,
    pub uscc: &'static str,
    pub customer_type: CustomerType,
    pub industry: Industry,
    pub employees: i64,
    pub size: SizeBand,
    pub founded: (i32, u32, u32),
    pub business: &'static str,
    pub legal_rep: &'static str,
    /// Province, city, district, street.
    pub address: [&'static str; 4],
    pub source: Source,
    pub owner: &'static str,
    pub grade: Grade,
    /// Limit in fen and days.
    pub credit: (i64, i32),
    /// What it owed before the system, in cents.
    pub owed: Option<i64>,
    /// Orders and total in fen from before the system.
    pub opening: (i32, i64),
    /// Name, title, mobile and the part of the address before the `@`.
    pub contacts: [(&'static str, &'static str, &'static str, &'static str); 2],
    pub domain: &'static str,
    pub needs: &'static [(NeedCategory, &'static str)],
}

/// Archived customers; the first three are those of stories 2 to 4.
#[rustfmt::skip]
pub const CUSTOMERS: &[CustomerPlan] = &[
    CustomerPlan {
        legal_name: "无锡宏泰精工制造有限公司", short_name: "宏泰精工", uscc: "91320281PDY0000289", customer_type: CustomerType::Private, industry: Industry::C,
        employees: 320, size: SizeBand::Medium, founded: (2009, 4, 16), business: "精密注塑件与汽车零部件制造", legal_rep: "顾明远",
        address: ["江苏省", "无锡市", "江阴市", "澄江东路 188 号"], source: Source::Existing, owner: "wangmin", grade: Grade::A, credit: (20_000_000, 30), owed: Some(11_850_000),
        opening: (6, 48_600_000), contacts: [("周红", "采购经理", "13800138101", "zhouhong"), ("钱勇", "仓库主管", "13800138102", "qianyong")],
        domain: "hongtai.example.com", needs: &[(NeedCategory::DeliveryTime, "到货前一天电话预约")],
    },
    CustomerPlan {
        legal_name: "惠万家零售连锁有限公司", short_name: "惠万家", uscc: "91440305PDY0000366", customer_type: CustomerType::Private, industry: Industry::F,
        employees: 1_200, size: SizeBand::Large, founded: (2012, 9, 3), business: "连锁超市与社区零售", legal_rep: "林嘉怡",
        address: ["广东省", "深圳市", "南山区", "科苑南路 66 号"], source: Source::Existing, owner: "wangmin", grade: Grade::B, credit: (10_000_000, 7), owed: None,
        opening: (4, 21_360_000), contacts: [("黄丽", "市场总监", "13800138111", "huangli"), ("吴磊", "门店运营", "13800138112", "wulei")],
        domain: "huiwanjia.example.com", needs: &[],
    },
    CustomerPlan {
        legal_name: "中远智造装备集团有限公司", short_name: "中远智造", uscc: "91110108PDY000044H", customer_type: CustomerType::StateOwned, industry: Industry::C,
        employees: 5_600, size: SizeBand::Large, founded: (1998, 6, 1), business: "智能装备研发、制造与成套", legal_rep: "郭建平",
        address: ["北京市", "北京市", "海淀区", "西三旗建材城中路 12 号"], source: Source::Tender, owner: "zhaoliu", grade: Grade::A, credit: (200_000_000, 60), owed: None,
        opening: (3, 312_000_000), contacts: [("孟涛", "设备部部长", "13800138121", "mengtao"), ("许静", "招采主管", "13800138122", "xujing")],
        domain: "zhongyuan.example.com", needs: &[(NeedCategory::Quality, "到货须提供出厂检验报告")],
    },
    CustomerPlan {
        legal_name: "上海浦云信息技术有限公司", short_name: "浦云信息", uscc: "91310115PDY000052X", customer_type: CustomerType::Private, industry: Industry::I,
        employees: 86, size: SizeBand::Small, founded: (2018, 3, 22), business: "企业协作软件与系统集成", legal_rep: "沈逸飞",
        address: ["上海市", "上海市", "浦东新区", "张江路 505 号"], source: Source::Exhibition, owner: "wangmin", grade: Grade::B, credit: (5_000_000, 30), owed: None,
        opening: (2, 9_840_000), contacts: [("陆佳", "行政总监", "13800138131", "lujia"), ("韩冰", "运维经理", "13800138132", "hanbing")],
        domain: "puyun.example.com", needs: &[],
    },
    CustomerPlan {
        legal_name: "杭州青禾教育科技有限公司", short_name: "青禾教育", uscc: "91330106PDY0000600", customer_type: CustomerType::Private, industry: Industry::P,
        employees: 140, size: SizeBand::Medium, founded: (2016, 8, 8), business: "智慧教室建设与运营", legal_rep: "方晓晴",
        address: ["浙江省", "杭州市", "西湖区", "文三路 259 号"], source: Source::Referral, owner: "wangmin", grade: Grade::B, credit: (0, 0), owed: None,
        opening: (1, 4_150_000), contacts: [("姚远", "采购主管", "13800138141", "yaoyuan"), ("程露", "项目助理", "13800138142", "chenglu")],
        domain: "qinghe.example.com", needs: &[(NeedCategory::DeliveryTime, "校区白天不能施工")],
    },
    CustomerPlan {
        legal_name: "青岛海岳港务装备有限公司", short_name: "海岳港务", uscc: "91370211PDY000079R", customer_type: CustomerType::StateOwned, industry: Industry::G,
        employees: 740, size: SizeBand::Large, founded: (2005, 11, 30), business: "港口机械与码头自动化", legal_rep: "宋长河",
        address: ["山东省", "青岛市", "黄岛区", "前湾港路 37 号"], source: Source::Tender, owner: "zhaoliu", grade: Grade::A, credit: (50_000_000, 45), owed: None,
        opening: (5, 73_200_000), contacts: [("于洋", "设备处处长", "13800138151", "yuyang"), ("曲婷", "物资科科员", "13800138152", "quting")],
        domain: "haiyue.example.com", needs: &[],
    },
    CustomerPlan {
        legal_name: "成都锦程会展服务有限公司", short_name: "锦程会展", uscc: "91510107PDY000087B", customer_type: CustomerType::Private, industry: Industry::L,
        employees: 58, size: SizeBand::Small, founded: (2014, 5, 19), business: "会议会展策划与设备租赁", legal_rep: "唐敏",
        address: ["四川省", "成都市", "武侯区", "天府大道北段 20 号"], source: Source::Online, owner: "zhaoliu", grade: Grade::C, credit: (0, 0), owed: None,
        opening: (0, 0), contacts: [("罗洁", "运营总监", "13800138161", "luojie"), ("向阳", "设备主管", "13800138162", "xiangyang")],
        domain: "jincheng.example.com", needs: &[],
    },
    CustomerPlan {
        legal_name: "武汉长江光电股份有限公司", short_name: "长江光电", uscc: "91420111PDY000095C", customer_type: CustomerType::JointVenture, industry: Industry::C,
        employees: 980, size: SizeBand::Large, founded: (2003, 2, 14), business: "光电器件与模组制造", legal_rep: "程志刚",
        address: ["湖北省", "武汉市", "洪山区", "光谷大道 77 号"], source: Source::ColdCall, owner: "zhaoliu", grade: Grade::B, credit: (30_000_000, 30), owed: None,
        opening: (3, 26_500_000), contacts: [("彭博", "信息中心主任", "13800138171", "pengbo"), ("江月", "采购专员", "13800138172", "jiangyue")],
        domain: "changguang.example.com", needs: &[(NeedCategory::DeliveryTime, "送货须提前一天预约")],
    },
    CustomerPlan {
        legal_name: "重庆渝峰汽车部件有限公司", short_name: "渝峰部件", uscc: "91500112PDY000108Y", customer_type: CustomerType::Private, industry: Industry::C,
        employees: 410, size: SizeBand::Medium, founded: (2011, 10, 10), business: "汽车底盘与悬架部件制造", legal_rep: "冉启明",
        address: ["重庆市", "重庆市", "渝北区", "空港大道 5 号"], source: Source::Referral, owner: "wangmin", grade: Grade::C, credit: (0, 0), owed: None,
        opening: (0, 0), contacts: [("秦川", "生产总监", "13800138181", "qinchuan"), ("蒋蓉", "采购主管", "13800138182", "jiangrong")],
        domain: "yufeng.example.com", needs: &[],
    },
    CustomerPlan {
        legal_name: "厦门鹭江设计工作室", short_name: "鹭江设计", uscc: "92350203PDY0001162", customer_type: CustomerType::SoleTrader, industry: Industry::L,
        employees: 9, size: SizeBand::Micro, founded: (2020, 7, 1), business: "空间与品牌设计", legal_rep: "郑鹭",
        address: ["福建省", "厦门市", "思明区", "曾厝垵文青路 9 号"], source: Source::Online, owner: "wangmin", grade: Grade::C, credit: (0, 0), owed: None,
        opening: (0, 0), contacts: [("郑鹭", "负责人", "13800138191", "zhenglu"), ("苏晴", "设计助理", "13800138192", "suqing")],
        domain: "lujiang.example.com", needs: &[],
    },
];

/// Customers whose archive is still in the making; they come with a deal of their own.
#[rustfmt::skip]
pub const NEWCOMERS: &[CustomerPlan] = &[
    CustomerPlan {
        legal_name: "西安秦岭农产品专业合作社", short_name: "秦岭合作社", uscc: "93610113PDY000124P", customer_type: CustomerType::Other, industry: Industry::A,
        employees: 35, size: SizeBand::Small, founded: (2019, 4, 2), business: "农产品种植、加工与电商销售", legal_rep: "党小林",
        address: ["陕西省", "西安市", "雁塔区", "长安南路 300 号"], source: Source::Exhibition, owner: "zhaoliu", grade: Grade::C, credit: (0, 0), owed: None,
        opening: (0, 0), contacts: [("党小林", "理事长", "13800138201", "dangxiaolin"), ("白雪", "电商主管", "13800138202", "baixue")],
        domain: "qinling.example.com", needs: &[],
    },
    CustomerPlan {
        legal_name: "北京青年社会创新促进会", short_name: "青创会", uscc: "51110000PDY000132B", customer_type: CustomerType::Other, industry: Industry::S,
        employees: 24, size: SizeBand::Small, founded: (2015, 12, 1), business: "公益培训与社会创新研究", legal_rep: "安然",
        address: ["北京市", "北京市", "东城区", "东四十条 21 号"], source: Source::Referral, owner: "zhaoliu", grade: Grade::C, credit: (0, 0), owed: None,
        opening: (0, 0), contacts: [("安然", "秘书长", "13800138211", "anran"), ("任飞", "活动主管", "13800138212", "renfei")],
        domain: "qingchuang.example.com", needs: &[],
    },
    CustomerPlan {
        legal_name: "苏州市工业技术研究院", short_name: "苏工研院", uscc: "12320500PDY000159F", customer_type: CustomerType::PublicInstitution, industry: Industry::M,
        employees: 210, size: SizeBand::Medium, founded: (2007, 9, 18), business: "先进制造技术研究与成果转化", legal_rep: "陆一鸣",
        address: ["江苏省", "苏州市", "姑苏区", "人民路 1298 号"], source: Source::Tender, owner: "wangmin", grade: Grade::C, credit: (0, 0), owed: None,
        opening: (0, 0), contacts: [("陆一鸣", "院长", "13800138221", "luyiming"), ("顾菲", "条件处主管", "13800138222", "gufei")],
        domain: "sugong.example.com", needs: &[],
    },
];

/// Customers of whom hardly more than the name is known; they have no code yet.
pub const STRANGERS: &[&str] = &["南京栖霞山文旅发展有限公司", "宁波东海冷链物流有限公司"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credit_code::CreditCode;
    use std::collections::BTreeSet;

    /// The customer whom story 1 registers by hand.
    const STORY_1: &str = "91320505PDY00001XN";

    #[test]
    fn every_credit_code_is_valid_reserved_and_used_once() {
        let codes: Vec<&str> = CUSTOMERS.iter().chain(NEWCOMERS).map(|c| c.uscc).collect();
        for code in &codes {
            assert_eq!(CreditCode::parse(code).map(|c| c.as_str().to_owned()), Ok((*code).to_owned()));
            assert_eq!(&code[8..11], "PDY", "{code} could belong to somebody");
        }
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert!(!codes.contains(&STORY_1));
    }

    #[test]
    fn managers_are_added_before_their_people() {
        for (i, person) in PEOPLE.iter().enumerate() {
            assert!(person.manager.is_none_or(|m| PEOPLE[..i].iter().any(|p| p.login == m)), "{}", person.login);
        }
    }

    #[test]
    fn no_price_is_below_its_floor_and_tiers_rise() {
        for product in PRODUCTS {
            assert!(product.tiers.iter().all(|(_, unit, floor)| unit >= floor), "{}", product.code);
            assert!(product.tiers.is_sorted_by(|a, b| a.0 < b.0 && a.1 >= b.1), "{}", product.code);
        }
        assert!(GRADE_A_PRICES.iter().all(|(code, ..)| PRODUCTS.iter().any(|p| p.code == *code)));
    }
}

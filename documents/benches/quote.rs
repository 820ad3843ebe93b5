//! How long a quote takes: `cargo bench -p kuaidan-documents`. Wanted in release: 10 lines below
//! 100 ms, 200 lines below 1 s, each with data that was not printed before; and how much memory it took.

use kuaidan_documents::{Dated, Layout, pdf};
use serde_json::{Value, json};
use std::time::Instant;

fn quote(lines: usize, run: usize) -> String {
    let line = |number: usize| {
        json!({"number": number, "name": format!("智能会议一体机 {run}"), "spec": "65 寸 4K 触控", "packaging": "原厂包装",
            "discount": null, "quantity": "10 台", "unit_price": "8,050.03", "rate": "13%", "net": "71,239.20",
            "tax": "9,261.10", "gross": "80,500.30"})
    };
    let names = [
        "number",
        "product",
        "quantity",
        "unit_price",
        "rate",
        "net",
        "tax",
        "gross",
        "total",
        "by_rate",
        "capital",
        "discount",
        "lines",
        "terms",
        "trigger",
        "percent",
        "days",
        "amount",
        "conditions",
    ];
    let words: serde_json::Map<String, Value> = names.iter().map(|n| ((*n).to_owned(), json!("栏目"))).collect();
    let data = json!({"mark": null, "hash": "0".repeat(64), "hash_label": "内容校验码", "paper": {
        "head": {"lang": "zh", "title": "报价单", "no": format!("BJ-20260917-{run:03}"), "version": "V1",
            "company": "启明达智能设备有限公司", "company_other": "Qimingda", "company_lines": [],
            "page": ["第 ", " 页，共 ", " 页"], "note": null},
        "words": words, "facts": [], "lines": (1..=lines).map(line).collect::<Vec<_>>(),
        "totals": {"net": "1.00", "tax": "0.00", "gross": "1.00", "capital": "人民币壹元整", "discount": null, "by_rate": []},
        "terms": [], "conditions": [], "notes": [],
        "signs": [{"party": "供方", "name": null, "lines": ["签字"], "seal": "盖章处"}]}});
    data.to_string()
}

fn main() {
    let dated = Dated { year: 2026, month: 9, day: 17, hour: 0, minute: 0, second: 0 };
    for lines in [1, 10, 200, 500] {
        for run in 1..=5 {
            let data = quote(lines, run);
            let begun = Instant::now();
            match pdf(Layout::Quote, &data, dated) {
                Ok(bytes) => println!("{lines:>4} lines, run {run}: {:?}, {} bytes", begun.elapsed(), bytes.len()),
                Err(fault) => println!("{lines:>4} lines, run {run}: {fault}"),
            }
        }
        println!("memory so far: {}", most_memory());
    }
}

/// The most this process ever had, as the system writes it.
fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .map_or("not known here".to_owned(), |most| most.trim().to_owned())
}

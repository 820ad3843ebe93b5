fn main() {
    let a: Vec<String> = std::env::args().collect();
    let layout = kuaidan_documents::Layout::ALL[a[1].parse::<usize>().unwrap()];
    let text = std::fs::read_to_string(&a[2]).unwrap();
    let d = kuaidan_documents::Dated { year: 2026, month: 9, day: 17, hour: 0, minute: 0, second: 0 };
    for _ in 0..2 {
        let t = std::time::Instant::now();
        let r = kuaidan_documents::pdf(layout, &text, d).map_err(|e| e.to_string()).unwrap();
        eprintln!("{:?} {} bytes", t.elapsed(), r.len());
        std::fs::write(&a[3], r).unwrap();
    }
}

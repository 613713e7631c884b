//! `cargo run --release -p workload --example ledger -- --transfers 1000000`: the bench without the bank around it.

use clap::Parser;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: workload::Args,
    /// A new folder, removed at the end.
    #[arg(long)]
    data: std::path::PathBuf,
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cli = Cli::parse();
    std::fs::create_dir(&cli.data)?;
    let figures = workload::run(&cli.data, &cli.args).await;
    std::fs::remove_dir_all(&cli.data)?;
    println!("{figures:#?}");
    Ok(())
}

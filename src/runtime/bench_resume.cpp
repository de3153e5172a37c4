#include <algorithm>
#include <vector>

#include <malloc.h>

#include "campaign/records.hpp"
#include "runtime/bench.hpp"
#include "runtime/bench_campaign.hpp"

namespace foundation::runtime {
namespace {

constexpr std::uint32_t examples = 10'000;
constexpr std::uint32_t cells_in_record = 100;

double seconds_since(core::Time start) {
  return static_cast<double>((core::monotonic_now() - start).count()) * 1e-9;
}

/// Bytes that the allocator has given out, in arenas and mapped blocks.
std::size_t allocated_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void write_journal(journal::PosixDisk& disk, std::uint32_t candidates) {
  journal::WriterOptions options;
  options.epoch = journal::claim_epoch(disk, {}).epoch;
  journal::Writer writer{options};
  const auto write_out = [&](bool all) {
    while (auto request = writer.next_write(core::monotonic_now(), all)) {
      disk.submit(std::move(*request));
      while (!disk.wait(std::chrono::seconds{10})) {
      }
      for (journal::WriteDone& done : disk.poll()) writer.done(std::move(done));
    }
  };
  const auto append = [&](campaign::RecordKind kind, std::span<const std::byte> payload) {
    writer.append(static_cast<journal::RecordType>(kind), payload, core::monotonic_now());
  };
  append(campaign::RecordKind::job, campaign::encode(campaign::JobRecord{}));
  std::vector<model::CellResult> cells(cells_in_record);
  for (model::CellResult& cell : cells) cell = {.score = 1, .status = model::CellStatus::ok};
  std::vector<std::byte> payload;
  for (std::uint32_t candidate = 0; candidate < candidates; ++candidate) {
    campaign::ProposalRecord proposal;
    proposal.candidate.index = candidate;
    append(campaign::RecordKind::proposal, campaign::encode(proposal));
    for (std::uint32_t begin = 0; begin < examples; begin += cells_in_record) {
      campaign::encode_results({.candidate = candidate, .begin = begin, .count = cells_in_record},
                               cells, {}, payload);
      append(campaign::RecordKind::results, payload);
    }
    write_out(false);
  }
  write_out(true);
}

}  // namespace

ResumeFigures bench_resume(const std::filesystem::path& folder, std::uint64_t evaluations) {
  const auto candidates =
      static_cast<std::uint32_t>(std::max<std::uint64_t>(evaluations / examples, 1));
  const programs::SplitDataset data = bench_data(examples);
  ResumeFigures figures;
  figures.evaluations = std::uint64_t{candidates} * examples;
  {
    const core::Time start = core::monotonic_now();
    journal::PosixDisk disk{folder};
    write_journal(disk, candidates);
    figures.write_s = seconds_since(start);
  }
  const std::size_t before = allocated_bytes();
  const core::Time start = core::monotonic_now();
  BenchCampaign campaign{data, candidates, folder};
  campaign.derive();
  figures.resume_s = seconds_since(start);
  figures.bytes_per_evaluation = static_cast<double>(allocated_bytes() - before) /
                                 static_cast<double>(campaign.store().finished());
  std::filesystem::remove_all(folder);
  return figures;
}

}  // namespace foundation::runtime

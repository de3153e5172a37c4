#include "exports/detail/otf2_locations.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"

namespace foundation::exports::detail {

using analysis::Communicator;
using analysis::Process;

namespace {

constexpr std::int32_t most_ranks = 1 << 24;

std::uint32_t count_foreign(const Communicator& it) {
  const auto foreign = [](std::int32_t rank) { return rank < 0; };
  return static_cast<std::uint32_t>(std::ranges::count_if(it.members, foreign) +
                                    std::ranges::count_if(it.remote, foreign));
}

std::uint32_t count_ranks(const analysis::TraceSet& traces) {
  std::int32_t highest = -1;
  for (const Process& it : traces.processes()) highest = std::max(highest, it.rank);
  for (const Communicator& it : traces.communicators())
    for (const auto* side : {&it.members, &it.remote})
      for (const std::int32_t rank : *side) highest = std::max(highest, rank);
  if (highest >= most_ranks)
    throw core::Error{core::ErrorKind::corrupt_data,
                      fmt::format("the trace names a rank {}: more than {} cannot be exported",
                                  highest, most_ranks)};
  return static_cast<std::uint32_t>(highest + 1);
}

}  // namespace

Otf2Locations::Otf2Locations(const analysis::TraceSet& traces) : ranks_{count_ranks(traces)} {
  for (const Communicator& it : traces.communicators())
    foreign_ = std::max(foreign_, count_foreign(it));
  for (std::uint32_t rank = 0; rank < ranks_; ++rank)
    groups_.push_back({.name = fmt::format("rank {} (not recorded)", rank)});
  for (std::uint32_t i = 0; i < foreign_; ++i)
    groups_.push_back({.name = fmt::format("member {} of another MPI_COMM_WORLD", i)});
  for (std::uint32_t i = 0; i < traces.processes().size(); ++i) {
    const Process& process = traces.processes()[i];
    const bool has_rank =
        process.rank >= 0 && groups_[static_cast<std::size_t>(process.rank)].process < 0;
    const auto group = has_rank ? static_cast<std::size_t>(process.rank) : groups_.size();
    if (!has_rank) groups_.emplace_back();
    const auto streams = static_cast<std::uint32_t>(process.recording->streams().size());
    groups_[group] = {.name = has_rank
                                  ? fmt::format("rank {}", process.rank)
                                  : fmt::format("process {}", process.recording->facts().process),
                      .process = static_cast<std::int32_t>(i),
                      .threads = std::max(streams, 1U)};
    group_of_.push_back(static_cast<std::uint32_t>(group));
  }
}

std::vector<std::uint64_t> Otf2Locations::members_of(const std::vector<std::int32_t>& ranks) const {
  std::vector<std::uint64_t> members;
  std::uint64_t foreign = ranks_;
  for (const std::int32_t rank : ranks)
    members.push_back(rank >= 0 ? static_cast<std::uint64_t>(rank) : foreign++);
  return members;
}

}  // namespace foundation::exports::detail

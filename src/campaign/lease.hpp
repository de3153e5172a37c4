#pragma once

#include <compare>
#include <cstdint>

#include "model/cell.hpp"

namespace foundation::campaign {

/// A worker by its rank.
using WorkerIndex = std::uint32_t;

/// Names one delivery of work. Never reused within an epoch; part of no result's key.
enum class LeaseId : std::uint64_t {};

/// Where cells are evaluated. The result is the same.
enum class Place : std::uint8_t {
  in_process,
  in_child,  ///< a process of its own: the cells may end theirs (campaign::Suspects)
};

/// Consecutive cells of one candidate (or samples of one text request), evaluated by one slot,
/// answered in one message.
struct Lease {
  LeaseId id{};
  model::CellRange range;
  bool keep_outputs = false;  ///< send the output texts back, not only their digests
  Place place = Place::in_process;
};

}  // namespace foundation::campaign

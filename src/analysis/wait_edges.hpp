#pragma once

#include <cstdint>
#include <tuple>

#include "analysis/external_sort.hpp"
#include "analysis/matches.hpp"

/// What later passes need of the waits: when a thread begins to wait for which other one, and when
/// it goes on. Threads are numbered through the whole trace (Locations).
namespace foundation::analysis {

struct WaitEdge {
  TraceTime at = 0;
  std::uint32_t waiter = 0;
  std::uint32_t causer = 0;
  std::uint32_t is_begin = 0;
};
/// At equal times ends come before begins.
struct ByTime {
  bool operator()(const WaitEdge& a, const WaitEdge& b) const {
    return std::tuple{a.at, a.is_begin, a.waiter} < std::tuple{b.at, b.is_begin, b.waiter};
  }
};
using WaitEdges = ExternalSort<WaitEdge, ByTime>;

/// A stretch of time on one thread.
struct Segment {
  TraceTime begin = 0;
  TraceTime end = 0;
  std::uint32_t location = 0;
  std::uint32_t order = 0;  ///< of segments that begin at one time
};
struct ByBegin {
  bool operator()(const Segment& a, const Segment& b) const {
    return std::tuple{a.begin, a.order} < std::tuple{b.begin, b.order};
  }
};
using Segments = ExternalSort<Segment, ByBegin>;

/// Walks from the end of the trace, `end` on thread `location`, back to `begin`: on one thread
/// until that ends a wait, then on to the one it waited for, and so on (Böhme et al., Scalable
/// critical-path based performance analysis, IPDPS 2012). The segments found have no gaps.
inline void find_critical_path(const WaitEdges& edges, std::uint32_t location, TraceTime begin,
                               TraceTime end, Segments& path) {
  WaitEdges::Cursor cursor{edges, Direction::backward};
  std::uint32_t order = ~std::uint32_t{0};
  const WaitEdge* edge = cursor.next();
  for (; edge != nullptr && edge->at > begin; edge = cursor.next()) {
    if (edge->is_begin != 0 || edge->waiter != location || edge->at > end) continue;
    path.add({edge->at, end, location, order--});
    location = edge->causer;
    end = edge->at;
  }
  if (end > begin) path.add({begin, end, location, order});
  path.finish();
}

}  // namespace foundation::analysis

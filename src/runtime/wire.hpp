#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/lease.hpp"
#include "campaign/records.hpp"
#include "cluster/node_sample.hpp"
#include "endpoints/grant_book.hpp"
#include "model/candidate.hpp"
#include "model/cell.hpp"
#include "model/text_request.hpp"

/// Messages between coordinator and workers as bytes. Leases and results, the hot ones, are
/// fixed headers with arrays of plain records; the rest are Boost.Serialization archives. Both
/// ends run the same executable: `Hello` carries the protocol number and record sizes to be sure.
namespace foundation::runtime {

enum class MessageKind : std::uint8_t {
  hello,      ///< worker -> coordinator: Hello
  candidate,  ///< coordinator -> worker: model::Candidate
  lease,      ///< coordinator -> worker: campaign::Lease
  recall,     ///< coordinator -> worker: campaign::LeaseId
  dismiss,    ///< coordinator -> worker: nothing more to do
  results,    ///< worker -> coordinator: ResultsMessage
  returned,   ///< worker -> coordinator: campaign::LeaseId, not started
  farewell,   ///< worker -> coordinator: the answer to dismiss
  heartbeat,  ///< both ways, where there is no TCP connection: a sign of life
  leave,      ///< coordinator -> worker: the answer to farewell; Leave
  request,    ///< coordinator -> worker: model::NumberedRequest
  sampling,   ///< coordinator -> worker: SamplingOrder
  sample,     ///< worker -> coordinator: cluster::NodeSample
  report,     ///< worker -> coordinator: endpoints::BudgetReport
  award,      ///< coordinator -> worker: endpoints::Award
  // Between a worker and a child of its keeper that evaluates for it:
  demand,      ///< child -> worker: endpoints::Demand
  grant,       ///< worker -> child: the answer; GrantMessage
  settlement,  ///< child -> worker: the granted request has ended; Settlement
};

/// How a worker's process ends.
enum class Leave : std::uint8_t {
  finalize,  ///< MPI with it: everybody is still there
  at_once,   ///< ranks are lost, and MPI_Finalize would wait for them
};

struct Hello {
  std::uint32_t protocol = 0;
  std::uint32_t cell_bytes = 0;
  campaign::WorkerRecord description;
};
/// A hello with this program's protocol number and record sizes.
[[nodiscard]] Hello make_hello(campaign::WorkerRecord description);
/// Throws core::Error{infrastructure} when the peer runs another version.
void require_same_protocol(const Hello& hello, int rank);

/// To the rank that is to say how its node is, from now on.
struct SamplingOrder {
  std::uint32_t cores = 0;  ///< granted to the job on that node
  core::Duration interval{0};
};

struct ResultsMessage {
  campaign::LeaseId lease{};
  model::CellRange range;
  std::int64_t busy_ns = 0;
  std::vector<model::CellResult> cells;
  std::vector<std::string> outputs;  ///< empty, or one a cell
};

struct GrantMessage {
  endpoints::Usage most{};
  bool is_granted = false;
  std::string reason{};  ///< why it is not
};

struct Settlement {
  bool was_sent = false;
  endpoints::Usage used{};
};

/// Kind of a message; throws core::Error{corrupt_data} if it is empty or of no known kind.
[[nodiscard]] MessageKind kind_of(std::span<const std::byte> message);

using Bytes = std::vector<std::byte>;
/// Each replaces the content of `bytes`, keeping its capacity.
void pack(const Hello& hello, Bytes& bytes);
void pack(const model::Candidate& candidate, Bytes& bytes);
void pack(const model::NumberedRequest& request, Bytes& bytes);
void pack(const campaign::Lease& lease, Bytes& bytes);
void pack(const SamplingOrder& order, Bytes& bytes);
void pack(const cluster::NodeSample& sample, Bytes& bytes);
void pack(const ResultsMessage& results, Bytes& bytes);
void pack(const endpoints::BudgetReport& report, Bytes& bytes);
void pack(const endpoints::Award& award, Bytes& bytes);
void pack(const endpoints::Demand& demand, Bytes& bytes);
void pack(const GrantMessage& grant, Bytes& bytes);
void pack(const Settlement& settlement, Bytes& bytes);
void pack(MessageKind kind, campaign::LeaseId lease, Bytes& bytes);  ///< recall, returned
void pack(MessageKind kind, Bytes& bytes);  ///< dismiss, farewell, heartbeat
void pack(Leave leave, Bytes& bytes);

/// Inverse of `pack`. Throw core::Error{corrupt_data} for anything else.
[[nodiscard]] Hello unpack_hello(std::span<const std::byte> message);
[[nodiscard]] model::Candidate unpack_candidate(std::span<const std::byte> message);
[[nodiscard]] model::NumberedRequest unpack_request(std::span<const std::byte> message);
[[nodiscard]] campaign::Lease unpack_lease(std::span<const std::byte> message);
[[nodiscard]] campaign::LeaseId unpack_lease_id(std::span<const std::byte> message);
[[nodiscard]] SamplingOrder unpack_sampling(std::span<const std::byte> message);
[[nodiscard]] cluster::NodeSample unpack_sample(std::span<const std::byte> message);
[[nodiscard]] Leave unpack_leave(std::span<const std::byte> message);
[[nodiscard]] endpoints::BudgetReport unpack_report(std::span<const std::byte> message);
[[nodiscard]] endpoints::Award unpack_award(std::span<const std::byte> message);
[[nodiscard]] endpoints::Demand unpack_demand(std::span<const std::byte> message);
[[nodiscard]] GrantMessage unpack_grant(std::span<const std::byte> message);
[[nodiscard]] Settlement unpack_settlement(std::span<const std::byte> message);
/// Into `results`, whose vectors keep their capacity.
void unpack_results(std::span<const std::byte> message, ResultsMessage& results);

}  // namespace foundation::runtime

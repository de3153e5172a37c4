#include "exports/detail/otf2_record.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

namespace foundation::exports::detail {

using trace::RegionRole;
using Function = CollectiveFunction;

namespace {

constexpr std::array<std::pair<std::string_view, Function>, 17> functions{
    {{"Barrier", Function::barrier},
     {"Bcast", Function::broadcast},
     {"Gather", Function::gather},
     {"Gatherv", Function::gather_varying},
     {"Scatter", Function::scatter},
     {"Scatterv", Function::scatter_varying},
     {"Allgather", Function::all_gather},
     {"Allgatherv", Function::all_gather_varying},
     {"Alltoall", Function::all_to_all},
     {"Alltoallv", Function::all_to_all_varying},
     {"Alltoallw", Function::all_to_all_with_types},
     {"Allreduce", Function::all_reduce},
     {"Reduce", Function::reduce},
     {"Reduce_scatter", Function::reduce_scatter},
     {"Scan", Function::scan},
     {"Exscan", Function::exclusive_scan},
     {"Reduce_scatter_block", Function::reduce_scatter_block}}};

bool is_collective(RegionRole role) {
  return (role >= RegionRole::barrier && role <= RegionRole::prefix) ||
         role == RegionRole::start_collective;
}

}  // namespace

std::optional<Function> collective_function(RegionRole role, std::string_view name) {
  constexpr std::string_view prefix = "MPI_";
  if (!is_collective(role) || !name.starts_with(prefix)) return std::nullopt;
  std::string blocking{name.substr(prefix.size())};
  if (blocking.ends_with("_c")) blocking.resize(blocking.size() - 2);  // with wider counts
  if (role == RegionRole::start_collective && blocking.size() > 1) {   // "Ibcast"
    blocking.erase(0, 1);
    blocking[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(blocking[0])));
  }
  const auto found =
      std::ranges::find(functions, blocking, [](const auto& it) { return it.first; });
  return found == functions.end() ? std::nullopt : std::optional{found->second};
}

CollectiveBytes collective_bytes(Function function, std::uint64_t given, std::uint64_t members,
                                 bool is_root) noexcept {
  switch (function) {
    case Function::barrier: return {};
    case Function::broadcast:
      return is_root ? CollectiveBytes{given, 0} : CollectiveBytes{0, given};
    case Function::reduce: return {given, is_root ? given : 0};
    case Function::all_reduce:
    case Function::scan:
    case Function::exclusive_scan: return {given, given};
    case Function::gather: return {given, is_root ? given * members : 0};
    case Function::all_gather: return {given, given * members};
    case Function::scatter: return {given * members, given};
    case Function::all_to_all: return {given * members, given * members};
    case Function::reduce_scatter_block: return {given * members, given};
    case Function::gather_varying:
    case Function::scatter_varying:
    case Function::all_gather_varying:
    case Function::all_to_all_varying:
    case Function::all_to_all_with_types:
    case Function::reduce_scatter: break;
  }
  return {given, 0};
}

}  // namespace foundation::exports::detail

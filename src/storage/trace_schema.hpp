#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "storage/column.hpp"
#include "storage/schema.hpp"

/// Every name in the file of a trace. The rules are those of schema.hpp; times are relative to the
/// start of the trace, the attribute and column `started_at`.
namespace foundation::storage::trace_schema {

inline constexpr std::string_view schema_name = "foundation.trace";
inline constexpr std::int64_t schema_version = 1;
inline constexpr std::string_view relative_time = "nanoseconds";

namespace attribute {
inline constexpr std::string_view trace_id = "trace_id";  ///< 16 hexadecimal digits
/// "complete": every process ended and all it recorded is here; "recovered": made from the
/// recordings of processes that were lost; "partial": processes are missing or still running.
inline constexpr std::string_view status = "status";
inline constexpr std::string_view command = "command";
inline constexpr std::string_view mpi_library = "mpi_library";
inline constexpr std::string_view missing = "missing";  ///< who is missing, in words
}  // namespace attribute

inline constexpr std::array<std::int8_t, 8> kind_values = {1, 2, 3, 4, 5, 6, 7, 8};
inline constexpr Flags kind_flags = {kind_values,
                                     "enter leave start complete cancel counter mark sample"};
inline constexpr std::array<std::int8_t, 4> ending_values = {0, 1, 2, 3};
inline constexpr std::int8_t running = 3;
inline constexpr Flags ending_flags = {ending_values, "unknown exited signalled running"};

/// One row: the whole.
namespace trace {
inline constexpr std::string_view table = "trace";
inline constexpr ColumnInfo id{"id", "trace id"};
inline constexpr ColumnInfo command{"command", "program and arguments of the lowest rank"};
inline constexpr ColumnInfo status{"status", "complete, recovered or partial"};
inline constexpr ColumnInfo started_at{"started_at", "when recording began", schema::wall_time};
inline constexpr ColumnInfo duration{"duration", "from the start to the last event", relative_time};
inline constexpr ColumnInfo hosts{"hosts", "hosts"};
inline constexpr ColumnInfo processes{"processes", "processes in this file"};
inline constexpr ColumnInfo ranks{"ranks", "size of MPI_COMM_WORLD, 0 without MPI"};
inline constexpr ColumnInfo events{"events", "events in this file"};
inline constexpr ColumnInfo dropped{"dropped", "events that found no room while recording"};
}  // namespace trace

namespace regions {
inline constexpr std::string_view table = "regions";
inline constexpr ColumnInfo name{"name", "MPI function, or region, counter or mark of the program"};
inline constexpr ColumnInfo file{"file", "source file, if known"};
inline constexpr ColumnInfo line{"line", "line in it, 0 if unknown"};
inline constexpr ColumnInfo role{"role", "what its events carry: trace::RegionRole"};
inline constexpr ColumnInfo unit{"unit", "of a counter", "", "empty if unknown, or no counter"};
}  // namespace regions

/// The first row stands for all communicators that are unknown.
namespace communicators {
inline constexpr std::string_view table = "communicators";
inline constexpr ColumnInfo parent{"parent", "communicator it was made from, 0 unknown"};
inline constexpr ColumnInfo size{"size", "members"};
inline constexpr ColumnInfo remote_size{"remote_size", "members of the other side, if it has one"};
inline constexpr ColumnInfo first_member{"first_member", "its first row in /members"};
inline constexpr ColumnInfo name{"name", "as MPI_Comm_set_name gave it last", "", "empty if none"};
}  // namespace communicators

namespace members {
inline constexpr std::string_view table = "members";
inline constexpr ColumnInfo communicator{"communicator", "row in /communicators"};
inline constexpr ColumnInfo remote{"remote", "whether it is on the other side", "", "",
                                   &schema::truth_flags};
inline constexpr ColumnInfo place{"place", "rank in the communicator"};
inline constexpr ColumnInfo rank{"rank", "rank in MPI_COMM_WORLD, -1 of another world"};
}  // namespace members

namespace processes {
inline constexpr std::string_view table = "processes";
inline constexpr ColumnInfo rank{"rank", "rank in MPI_COMM_WORLD, -1 if it never got that far"};
inline constexpr ColumnInfo host{"host", "host name"};
inline constexpr ColumnInfo pid{"pid", "process"};
inline constexpr ColumnInfo ending{"ending", "how it ended", "", "", &ending_flags};
inline constexpr ColumnInfo exit_status{"exit_status", "if it exited, else -1"};
inline constexpr ColumnInfo signal{"signal", "number of the signal that ended it, else 0"};
inline constexpr ColumnInfo finalized{"finalized",
                                      "whether it got through MPI_Finalize, or to its end without "
                                      "MPI",
                                      "", "", &schema::truth_flags};
inline constexpr ColumnInfo threads{"threads", "threads that recorded"};
inline constexpr ColumnInfo emitted{"emitted", "events it recorded"};
inline constexpr ColumnInfo kept{"kept", "of these in this file"};
inline constexpr ColumnInfo dropped{"dropped", "events that found no room"};
inline constexpr ColumnInfo clock{"clock", "those with the same one share a clock", "",
                                  "-1 if it recorded nothing"};
inline constexpr ColumnInfo recorded_from{"recorded_from", "when its recording began",
                                          relative_time, "-1 if it recorded nothing"};
inline constexpr ColumnInfo recorded_to{"recorded_to", "its latest known time", relative_time,
                                        "-1 if it recorded nothing"};
inline constexpr ColumnInfo first_event{"first_event", "time of its first event", relative_time,
                                        "-1 if there is none"};
inline constexpr ColumnInfo last_event{"last_event", "time of its last event", relative_time,
                                       "-1 if there is none"};
inline constexpr ColumnInfo cpu_s{"cpu_s", "processor time it used, as last seen", "seconds"};
inline constexpr ColumnInfo peak_bytes{"peak_bytes", "most memory it was seen with", "byte"};
inline constexpr ColumnInfo command{"command", "program and arguments"};
}  // namespace processes

/// Events of one thread are consecutive rows of /events, in the order in which they happened; the
/// row `first_row + n` is the thread's event `first_sequence + n`, or the n-th that is left behind
/// that where a window's scope names communicators or regions.
namespace threads {
inline constexpr std::string_view table = "threads";
inline constexpr ColumnInfo process{"process", "row in /processes"};
inline constexpr ColumnInfo thread{"thread", "number within the process"};
inline constexpr ColumnInfo tid{"tid", "its id in the kernel"};
inline constexpr ColumnInfo first_row{"first_row", "its first row in /events"};
inline constexpr ColumnInfo rows{"rows", "its rows in /events"};
inline constexpr ColumnInfo first_sequence{"first_sequence", "events recorded before these"};
inline constexpr ColumnInfo dropped{"dropped", "events that found no room"};
}  // namespace threads

namespace events {
inline constexpr std::string_view table = "events";
inline constexpr ColumnInfo time{"time", "since the start of the trace", relative_time};
inline constexpr ColumnInfo process{"process", "row in /processes"};
inline constexpr ColumnInfo thread{"thread", "number of the thread within the process"};
inline constexpr ColumnInfo kind{"kind", "what it says", "", "", &kind_flags};
inline constexpr ColumnInfo region{"region", "row in /regions"};
inline constexpr ColumnInfo peer{"peer", "rank in the communicator: the other end, or the root", "",
                                 "-1 none, -2 any source"};
inline constexpr ColumnInfo tag{"tag", "of the message", "", "-1 any tag"};
inline constexpr ColumnInfo communicator{
    "communicator", "row in /communicators, 0 unknown", "",
    "negative: of this row, but the other end of the message or the collective is outside of the "
    "window's scope"};
inline constexpr ColumnInfo bytes{"bytes", "of the message or the collective, as far as known here",
                                  "byte", "-1 if the event carries none"};
inline constexpr ColumnInfo value{"value",
                                  "request, call path, or the bits of a counter's or mark's value",
                                  "", "0 if the event carries none"};
}  // namespace events

/// Values of the program's counters and its marks: two tables of the same columns.
namespace points {
inline constexpr std::string_view counters = "counters";
inline constexpr std::string_view marks = "marks";
inline constexpr ColumnInfo time{"time", "since the start of the trace", relative_time};
inline constexpr ColumnInfo process{"process", "row in /processes"};
inline constexpr ColumnInfo rank{"rank", "its rank in MPI_COMM_WORLD, -1 if it has none"};
inline constexpr ColumnInfo thread{"thread", "number of the thread within the process"};
inline constexpr ColumnInfo region{"region", "row in /regions: name and unit"};
inline constexpr ColumnInfo value{"value", "value that the program gave"};
}  // namespace points

/// A row a process and function that it called; `process` -1: all processes together.
namespace calls {
inline constexpr std::string_view table = "calls";
inline constexpr ColumnInfo process{"process", "row in /processes, -1 for all of them"};
inline constexpr ColumnInfo rank{"rank", "its rank in MPI_COMM_WORLD, -1 for all"};
inline constexpr ColumnInfo name{"name", "function or region"};
inline constexpr ColumnInfo region{"region", "row in /regions"};
inline constexpr ColumnInfo count{"count", "calls"};
inline constexpr ColumnInfo open{"open", "of these not left at the end"};
inline constexpr ColumnInfo time{"time", "spent inside, from enter to leave", "nanoseconds",
                                 "calls that were not left count up to the process's last event"};
inline constexpr ColumnInfo bytes{"bytes", "given to be sent, or received", "byte"};
}  // namespace calls

/// A row a window and process that recorded in it: only then are events of its classes there.
namespace windows {
inline constexpr std::string_view table = "windows";
inline constexpr ColumnInfo id{"id", "the window: 16 hexadecimal digits, the trace's for its own"};
inline constexpr ColumnInfo process{"process", "row in /processes"};
inline constexpr ColumnInfo rank{"rank", "its rank in MPI_COMM_WORLD, -1 if it has none"};
inline constexpr ColumnInfo from{"from", "when it was switched on", relative_time};
inline constexpr ColumnInfo to{"to", "when it was switched off", relative_time,
                               "-1 if it is still on, or nobody saw its end"};
inline constexpr ColumnInfo ended_by{"ended_by", "stop, time, size or exit", "",
                                     "empty if it is still on, or nobody saw its end"};
inline constexpr ColumnInfo scope{"scope", "what was recorded", "", "empty for everything"};
inline constexpr ColumnInfo label{"label", "what it was called"};
}  // namespace windows

namespace samples {
inline constexpr std::string_view table = "samples";
inline constexpr ColumnInfo process{"process", "row in /processes"};
inline constexpr ColumnInfo time{"time", "since the start of the trace", relative_time};
inline constexpr ColumnInfo cpu_s{"cpu_s", "processor time used so far", "seconds"};
inline constexpr ColumnInfo resident_bytes{"resident_bytes", "memory in use", "byte"};
inline constexpr ColumnInfo threads{"threads", "threads"};
}  // namespace samples

}  // namespace foundation::storage::trace_schema

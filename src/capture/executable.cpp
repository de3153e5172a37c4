#include "capture/executable.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <elf.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/descriptor.hpp"
#include "core/error.hpp"

namespace foundation::capture {
namespace {

namespace fs = std::filesystem;

constexpr int interpreters_limit = 4;  // of interpreters that are scripts themselves: the kernel's
constexpr std::size_t first_line_limit = 256;

/// As execvp would find it.
fs::path find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0 ? name : "";
  const char* const path = std::getenv("PATH");
  const std::string places = path == nullptr ? "/bin:/usr/bin" : path;
  for (std::size_t begin = 0; begin <= places.size();) {
    const std::size_t end = std::min(places.find(':', begin), places.size());
    const fs::path place = fs::path{places.substr(begin, end - begin)} / name;
    std::error_code ignored;
    if (access(place.c_str(), X_OK) == 0 && fs::is_regular_file(place, ignored)) return place;
    begin = end + 1;
  }
  return {};
}

std::string read_start(const fs::path& file, std::size_t bytes) {
  const core::Descriptor descriptor{open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  std::string text(bytes, '\0');
  const ssize_t size = descriptor ? pread(descriptor.get(), text.data(), bytes, 0) : 0;
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

std::string take_word(std::string& line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
  std::string word = line.substr(begin, end - begin);
  line.erase(0, std::min(line.find_first_not_of(" \t", end), line.size()));
  return word;
}

/// Interpreter and its argument, as the kernel reads the first line of a script; nothing for
/// other files.
std::vector<std::string> interpreter_of(const fs::path& file) {
  std::string line = read_start(file, first_line_limit);
  if (!line.starts_with("#!")) return {};
  line = line.substr(2, line.find('\n') - 2);
  while (!line.empty() && std::strchr(" \t\r", line.back()) != nullptr) line.pop_back();
  std::vector<std::string> words{take_word(line)};
  if (!line.empty()) words.push_back(line);
  return words;
}

bool goes_through_env(const std::vector<std::string>& interpreter) {
  return interpreter.size() == 2 && fs::path{interpreter[0]}.filename() == "env" &&
         interpreter[1].find_first_of("-= \t") == std::string::npos;
}

/// The program header of a 64-bit ELF file that names its loader: none in a static program.
bool names_loader(const fs::path& file, const Elf64_Ehdr& header) {
  const std::string start = read_start(
      file, header.e_phoff + std::size_t{header.e_phnum} * std::size_t{header.e_phentsize});
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    const std::size_t place = header.e_phoff + i * header.e_phentsize;
    if (place + sizeof segment > start.size()) return false;
    std::memcpy(&segment, start.data() + place, sizeof segment);
    if (segment.p_type == PT_INTERP) return true;
  }
  return false;
}

/// The kernel starts such a program without the variables of its user that could change it.
bool gains_rights(const fs::path& file) {
  struct stat facts {};
  if (stat(file.c_str(), &facts) != 0) return false;
  if ((facts.st_mode & S_ISUID) != 0 && facts.st_uid != getuid()) return true;
  if ((facts.st_mode & S_ISGID) != 0 && facts.st_gid != getgid()) return true;
  return getuid() != 0 && getxattr(file.c_str(), "security.capability", nullptr, 0) > 0;
}

std::string obstacle_of(const fs::path& file) {
  const std::string start = read_start(file, sizeof(Elf64_Ehdr));
  Elf64_Ehdr header;
  if (start.size() < sizeof header || !start.starts_with(ELFMAG)) return "is no ELF program";
  std::memcpy(&header, start.data(), sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return "is a 32-bit program";
  if (!names_loader(file, header)) return "is linked statically";
  if (gains_rights(file)) return "runs with other rights than its user's (setuid)";
  return {};
}

/// Names of all libraries that the loader would bring in, one a line. The loader answers instead
/// of starting the program (ld.so(8), LD_TRACE_LOADED_OBJECTS).
std::string list_libraries(const fs::path& file) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    setenv("LD_TRACE_LOADED_OBJECTS", "1", 1);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    execl(file.c_str(), file.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);
  const core::Descriptor output{ends[0]};
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t size = 0; child > 0; text.append(part.data(), static_cast<std::size_t>(size))) {
    size = read(output.get(), part.data(), part.size());
    if (size < 0 && errno == EINTR)
      size = 0;
    else if (size <= 0)
      break;
  }
  if (child > 0) waitpid(child, nullptr, 0);
  return text;
}

/// Those of MPI among them, as "libmpi.so.40".
std::vector<std::string> mpi_libraries_of(const fs::path& file) {
  std::vector<std::string> found;
  std::istringstream lines{list_libraries(file)};
  for (std::string line; std::getline(lines, line);) {
    std::string name = fs::path{take_word(line)}.filename();  // a path, where that was linked
    if (name.starts_with("libmpi")) found.push_back(std::move(name));
  }
  return found;
}

void look_for_mpi(Executable& it, const std::vector<Recorder>& recorders) {
  it.recorder = recorders.front().file;
  const std::vector<std::string> libraries = mpi_libraries_of(it.file);
  for (const std::string& library : libraries)
    for (const Recorder& recorder : recorders) {
      if (!recorder.serves(library)) continue;
      it.names_mpi = true;
      it.recorder = recorder.file;
      return;
    }
  const auto other = std::ranges::find_if(libraries, [](const std::string& library) {
    return library.starts_with("libmpi.so") || library.starts_with("libmpich.so");
  });
  if (other == libraries.end()) return;
  std::vector<std::string> served;
  for (const Recorder& recorder : recorders) served.push_back(recorder.mpi_library);
  it.can_be_preloaded = false;
  it.obstacle = fmt::format("uses another MPI library ({}) than the recorder, which is made for {}",
                            *other, fmt::join(served, " and "));
}

bool has_mpich_interface(std::string_view library) {
  return library.starts_with("libmpi") && library.ends_with(".so.12");
}

}  // namespace

bool Recorder::serves(std::string_view library) const noexcept {
  return library == mpi_library ||
         (has_mpich_interface(library) && has_mpich_interface(mpi_library));
}

Executable inspect_executable(const std::vector<std::string>& command,
                              const std::vector<Recorder>& recorders) {
  Executable it{
      .file = find_program(command.at(0)), .command = command, .obstacle = {}, .recorder = {}};
  if (it.file.empty())
    throw core::Error{core::ErrorKind::usage,
                      fmt::format("cannot start '{}': {}", command[0],
                                  errno == EACCES ? "it may not be executed" : "no such program"),
                      "give its path, or look at PATH"};
  fs::path shown = it.file;
  for (int i = 0; i < interpreters_limit; ++i) {
    const std::vector<std::string> interpreter = interpreter_of(shown);
    if (interpreter.empty()) break;
    if (goes_through_env(interpreter) && !it.is_script) {
      it.command.front() = it.file.string();
      it.command.insert(it.command.begin(), interpreter[1]);
      it.file = find_program(interpreter[1]);
      shown = it.file;
    } else {
      shown = interpreter[0];
    }
    it.is_script = true;
  }
  it.file = shown;
  it.obstacle = obstacle_of(it.file);
  it.can_be_preloaded = it.obstacle.empty();
  if (it.can_be_preloaded) look_for_mpi(it, recorders);
  return it;
}

}  // namespace foundation::capture

#include "process/run.hpp"

#include "process/detail/running.hpp"

namespace foundation::process {

Ending run(const Command& command, std::string_view input) {
  detail::Running program{command, detail::Running::Input::given, input};
  while (!program.is_over()) program.step();
  return program.finish();
}

}  // namespace foundation::process

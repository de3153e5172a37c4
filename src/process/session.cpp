#include "process/session.hpp"

#include "core/contracts.hpp"
#include "process/detail/running.hpp"

namespace foundation::process {
namespace {

Command with_strict_output(Command command) {
  command.limits.excess = Excess::end;  // half a line is no answer
  return command;
}

}  // namespace

class Session::Talk {
 public:
  explicit Talk(const Command& command)
      : grace_{command.limits.grace},
        program_{with_strict_output(command), detail::Running::Input::conversation, {}} {}

  Reply ask(std::string_view request) {
    EXPECTS(request.find('\n') == std::string_view::npos);
    program_.restart_clocks();
    program_.feed(request);
    program_.feed("\n");
    std::size_t searched = 0;
    while (true) {
      std::string& output = program_.output();
      const auto end = output.find('\n', searched);
      if (end != std::string::npos) return answer(end);
      searched = output.size();
      if (program_.is_over()) return {std::nullopt, program_.finish()};
      program_.step();
    }
  }

  Ending end() {
    program_.close_input();
    program_.wait_for_end(grace_);
    return program_.finish();
  }

  std::uint64_t answered = 0;

 private:
  Reply answer(std::size_t end) {
    std::string& output = program_.output();
    Reply reply{output.substr(0, end), program_.so_far()};
    output.erase(0, end + 1);
    ++answered;
    return reply;
  }

  core::Duration grace_;
  detail::Running program_;
};

Session::Session(const Command& command) : talk_{std::make_unique<Talk>(command)} {}
Session::Session(Session&&) noexcept = default;
Session::~Session() = default;

Session::Reply Session::ask(std::string_view request) { return talk_->ask(request); }
std::uint64_t Session::answered() const noexcept { return talk_->answered; }
Ending Session::end() { return talk_->end(); }

}  // namespace foundation::process

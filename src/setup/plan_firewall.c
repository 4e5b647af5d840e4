#include "setup/plan_firewall.h"

#include <stdio.h>

#include "base/ban.h"

enum { COMMAND_MAX = 4200 };

#define NFT "/usr/sbin/nft"
#define SH "/bin/sh"
#define SYSTEMCTL "/usr/bin/systemctl"
#define OURS "table inet mailfuse\n"

struct walk {
    struct plan *plan;
    const struct firewall_rules *rules;
    const struct firewall_machine *machine;
    bool changed; /* a file is to be written */
};

/* A command takes it as one word, and a unit as it is. */
static bool path_fits(struct slice path)
{
    static const char marks[] = "/._-";

    for (size_t i = 0; i < path.n; i++) {
        char c = path.p[i], small = (char)(c | 0x20);

        if (!(small >= 'a' && small <= 'z') && !(c >= '0' && c <= '9') &&
            memchr(marks, c, sizeof marks - 1) == NULL)
            return false;
    }
    return path.n > 0 && path.p[0] == '/';
}

static void command(struct walk *w, const char *run, const char *undo, const char *why)
{
    plan_step(w->plan,
              &(struct step){ .kind = STEP_COMMAND, .name = run, .before = undo, .why = why });
}

/* Two words that load the rules, or one that takes them back. */
static void load_command(const struct walk *w, char out[COMMAND_MAX])
{
    bool nft = w->rules->tool == FIREWALL_NFT;

    snprintf(out, COMMAND_MAX, nft ? NFT " -f %s" : SH " %s start", w->machine->rules.path);
}

/* Also when they are not loaded. */
static void unload_command(const struct walk *w, char out[COMMAND_MAX])
{
    if (w->rules->tool == FIREWALL_NFT)
        snprintf(out, COMMAND_MAX, NFT " add table inet mailfuse ; delete table inet mailfuse");
    else
        snprintf(out, COMMAND_MAX, SH " %s stop", w->machine->rules.path);
}

static void plan_file(struct walk *w, const struct firewall_file *file, const char *after,
                      const char *why)
{
    if (file->there && slice_eq(file->now, slice_of(after)))
        return;
    w->changed = true;
    plan_step(w->plan, &(struct step){ .kind = STEP_FILE,
                                       .name = file->path,
                                       .before = file->there ? plan_copy(w->plan, file->now) : NULL,
                                       .after = after,
                                       .mode = 0644,
                                       .why = why });
}

/* The unit ends with nftables.service and begins again after it; a reload of that flushes us, too.
 */
static const char *unit_text(struct walk *w)
{
    CLEANUP(buf_done) struct buf text = buf_make(4 * COMMAND_MAX);
    char load[COMMAND_MAX], unload[COMMAND_MAX];

    load_command(w, load);
    if (w->rules->tool == FIREWALL_NFT) /* a ";" of its own would be systemd's */
        snprintf(unload, sizeof unload, NFT " delete table inet mailfuse");
    else
        unload_command(w, unload);
    buf_printf(&text,
               "# Made by mailfuse setup firewall.\n"
               "[Unit]\n"
               "Description=Only the mail server speaks SMTP outwards (mailfuse)\n"
               "Documentation=man:mailfuse(1)\n"
               "DefaultDependencies=no\n"
               "Wants=network-pre.target\n"
               "Before=network-pre.target shutdown.target\n"
               "After=local-fs.target nftables.service\n"
               "PartOf=nftables.service\n"
               "ReloadPropagatedFrom=nftables.service\n"
               "Conflicts=shutdown.target\n"
               "\n"
               "[Service]\n"
               "Type=oneshot\n"
               "RemainAfterExit=yes\n"
               "ExecStart=%s\n"
               "ExecReload=%s\n"
               "ExecStop=-%s\n"
               "\n"
               "[Install]\n"
               "WantedBy=sysinit.target\n",
               load, load, unload);
    return plan_copy(w->plan, buf_slice(&text));
}

/* Before a file that is there is replaced: when all is taken back, what it says is loaded again. */
static void plan_former(struct walk *w)
{
    char load[COMMAND_MAX], look[COMMAND_MAX];
    bool nft = w->rules->tool == FIREWALL_NFT;

    load_command(w, load);
    snprintf(look, sizeof look, nft ? NFT " -c -f %s" : SH " -n %s", w->machine->rules.path);
    command(w, look, load,
            "The rules that are loaded now are sound: taking this back loads them again.");
}

static void plan_load(struct walk *w, bool loaded)
{
    char load[COMMAND_MAX], unload[COMMAND_MAX];

    load_command(w, load);
    unload_command(w, unload);
    if (w->machine->unit.path[0] == '\0') {
        if (!loaded)
            command(w, load, unload, "Nothing else is touched; connections that are open stay so.");
        plan_note(w->plan,
                  "There is no systemd here. So that the rules are there after the next "
                  "start, let something run at boot, after whatever else loads rules: %s",
                  load);
        return;
    }
    if (!w->machine->enabled)
        command(w, SYSTEMCTL " enable " FIREWALL_UNIT, SYSTEMCTL " disable " FIREWALL_UNIT,
                "From the next start on, too.");
    if (w->changed)
        command(w, SYSTEMCTL " daemon-reload", SYSTEMCTL " daemon-reload",
                "systemd reads the unit.");
    if (!loaded || w->changed)
        command(w, SYSTEMCTL " restart " FIREWALL_UNIT, SYSTEMCTL " stop " FIREWALL_UNIT,
                "Loads the rules. Nothing else is touched; connections that are open stay so.");
}

/* Whose rules are there besides. */
static void note_tables(struct walk *w)
{
    CLEANUP(buf_done) struct buf names = buf_make(1024);
    struct slice rest = w->machine->tables, line;

    while (slice_cut(&rest, '\n', &line)) {
        if (!slice_skip(&line, SLICE("table ")) || slice_eq(line, SLICE("inet mailfuse")))
            continue;
        buf_printf(&names, "%s%.*s", names.n > 0 ? ", " : "", SLICE_ARG(line));
    }
    if (names.n > 0)
        plan_note(w->plan,
                  "Rules that are there already, and stay as they are: %.*s. What they "
                  "drop or log does not reach ours.",
                  SLICE_ARG(buf_slice(&names)));
}

static void note_rest(struct walk *w)
{
    const struct firewall_machine *m = w->machine;

    note_tables(w);
    if (!m->program)
        plan_note(w->plan, "%s is not installed here: the rules can be looked at, not loaded.",
                  w->rules->tool == FIREWALL_NFT ? "Neither nft nor iptables" : "iptables");
    if (w->rules->tool == FIREWALL_NFT && m->loaded.n > 0 && !m->rules.there)
        plan_note(w->plan,
                  "A table \"inet mailfuse\" is loaded that did not come from %s: it is "
                  "replaced.",
                  m->rules.path);
    if (w->rules->servers_n == 0)
        plan_note(w->plan, "Whatever this machine forwards may not speak SMTP outwards. When it is "
                           "the gateway of a mail server, add --mail-server ADDRESS.");
}

void plan_firewall(struct plan *plan, const struct firewall_rules *rules,
                   const struct firewall_machine *machine)
{
    CLEANUP(buf_done) struct buf text = buf_make(FIREWALL_RULES_MAX);
    struct walk w = { .plan = plan, .rules = rules, .machine = machine };
    char mark[FIREWALL_MARK_MAX];
    bool loaded;

    if (!path_fits(slice_of(machine->rules.path))) {
        plan_refuse(plan, "%s: commands and units would have to quote that path",
                    machine->rules.path);
        return;
    }
    if (rules->outside_n == 0) {
        plan_refuse(plan, "no default route is set, so that it is not known which interface leads "
                          "to the internet: write --outside INTERFACE");
        return;
    }
    if (rules->tool == FIREWALL_IPTABLES && machine->tables.n > 0 &&
        memmem(machine->tables.p, machine->tables.n, OURS, strlen(OURS)) != NULL) {
        plan_refuse(plan, "nft's table \"inet mailfuse\" is loaded: take that back first, with "
                          "mailfuse setup firewall --undo");
        return;
    }
    firewall_write(rules, &text, mark);
    if (text.full) {
        plan_refuse(plan, "there are too many mail servers");
        return;
    }
    loaded = machine->loaded.n > 0 &&
             memmem(machine->loaded.p, machine->loaded.n, mark, strlen(mark)) != NULL;
    if (machine->rules.there && machine->loaded.n > 0 && !loaded)
        plan_former(&w);
    plan_file(
        &w, &machine->rules, plan_copy(plan, buf_slice(&text)),
        "Who may speak SMTP outwards, and what becomes of the others. Lines of the kernel's log "
        "that begin with \"" FIREWALL_PREFIX "\" tell mailfuse of them.");
    if (machine->unit.path[0] != '\0')
        plan_file(&w, &machine->unit, unit_text(&w),
                  "Loads the rules at each start of the machine, and again after nftables.service, "
                  "which flushes all of them.");
    plan_load(&w, loaded);
    note_rest(&w);
}

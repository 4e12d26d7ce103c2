/* SPDX-License-Identifier: Apache-2.0 */
/* The table of subcommands. Help, completion and the manual are made from it: the notation of the
 * usage lines is that of app/shell/grammar.h. */
#include "app/command.h"

static const CommandRow commands[] = {
    {"up", command_up, "[--demo] [--sample DIR] [--knowledge DIR] [--check]",
     "start private PostgreSQL and Redis, serve and work, and supervise them",
     "  --demo           create a demo account and print its password\n"
     "  --sample DIR     upload the files of DIR to the demo account\n"
     "  --knowledge DIR  ingest the files of DIR as global knowledge\n"
     "  --check          test everything end to end, print a report, and stop\n"},
    {"analyze", command_analyze, "[--json] [--all] [--format FORMAT] [--fail-on SEVERITY] FILE…",
     "analyse configurations, logs and captures, without a server",
     "  FILE   also a folder with everything in it, a pattern such as '*.cfg', or - for\n"
     "         standard input. It may be compressed (gzip, zstd, xz, bzip2, lz4); each file of a\n"
     "         zip or tar archive is analysed\n"
     "  --json              print a line of JSON for each file\n"
     "  --all               print whole tables; JSON has them, of a capture up to 100000 rows\n"
     "  --format FORMAT     text, json, or the findings alone: sarif, junit or csv\n"
     "  --fail-on SEVERITY  end with status 1 if a finding is as severe (error, warning, note)\n"},
    {"packets", command_packets,
     "[--json] [--first N] [--limit N] [--conversation STREAM] [--packet N] FILE",
     "list the packets of a capture, or show one, without a server",
     "  FILE      a capture, which may be compressed, or - for standard input\n"
     "  --first N              begin with packet N (1)\n"
     "  --limit N              list at most N packets, up to 100000 (100000)\n"
     "  --conversation STREAM  only packets of this stream, such as tcp:12 or udp:3\n"
     "  --packet N             show the layers, the fields and the bytes of packet N\n"
     "  --json                 print a line of JSON for each packet\n"},
    {"diff", command_diff, "[--json] A B",
     "compare two configurations by what they say, not by their text",
     "  --json  print one JSON object\n"
     "A or B may be compressed, or - for standard input. Exit status: 0 the same, 1 different,\n"
     "2 trouble.\n"},
    {"topology", command_topology,
     "[--json | --svg | --dot | --graphml | --drawio | --csv] [FILE…]",
     "draw the network from configuration files, or from those on the server",
     "  FILE       also a folder, a pattern or an archive with all configurations in it\n"
     "  --json     nodes and links for React Flow\n"
     "  --svg      the diagram; a browser fits it to the window\n"
     "  --dot      Graphviz\n"
     "  --graphml  GraphML, for networkx, yEd and Gephi\n"
     "  --drawio   a diagram to edit in draw.io\n"
     "  --csv      a row for each link\n"
     "Without FILE, the server draws; it can do --json and --svg.\n"},
    {"login", command_login, "[--server URL] [--password-file FILE] EMAIL",
     "log in to a server; asks for the password, or takes NETGURU_PASSWORD",
     "  --password-file FILE  read the password from FILE, for example from demo.password\n"
     "The password can also be piped in. A line break at its end is removed.\n"},
    {"logout", command_logout, "", "log out and delete the stored session", NULL},
    {"upload", command_upload, "[--wait] [--jobs N] [--json] PATH…",
     "upload files, and folders with everything in them",
     "  --wait    also wait until the files have been analysed\n"
     "  --jobs N  upload N files at a time, 1 to 16 (4)\n"
     "  --json    print each document as a line of JSON\n"
     "In a folder, hidden files, symbolic links and kinds that the server does not accept are\n"
     "skipped. Run it again after an interruption: the server stores no file twice.\n"
     "An archive of several files becomes its files; with --wait, they are listed as well.\n"},
    {"files", command_files, "[ID] [--json | --download | --delete]",
     "list the uploaded files, or show one with its analysis",
     "  ID  also the name of a file or a device, or the only beginning of an id or a name\n"
     "  --json      print a line of JSON for each file; of one, the document and the result\n"
     "  --download  print the file itself\n"
     "  --delete    delete the file and what was derived from it\n"},
    {"tasks", command_tasks, "[ID] [--json | --cancel]",
     "list analysis tasks, show one, or cancel it",
     "  ID  the only beginning of an id, or a file or device: its newest task\n"},
    {"search", command_search, "[--json] [--limit N] WORD…",
     "search the knowledge and your files by meaning and by words", NULL},
    {"tool", command_tool, "[--json] [NAME [ARGUMENT=VALUE…]]",
     "ask about your files as a language model does, or list the tools", NULL},
    {"chat", command_chat, "[ID] [--json] [--model NAME] [--private]",
     "ask questions in a conversation, or continue one",
     "  --json        print each event of the answers as a line of JSON\n"
     "  --model NAME  ask this model: NAME, PROVIDER/NAME, auto, or sources for none\n"
     "  --private     addresses and names leave for a provider as stand-ins only\n"
     "On a terminal, /help lists the commands; Ctrl-C stops the answer that is being written,\n"
     "and a second one leaves. An answer goes on when the terminal is closed: netguru chat ID\n"
     "shows it. When the input is no terminal, each of its lines is a question.\n"},
    {"ask", command_ask, "[--json] [--model NAME] [--local] [--private] QUESTION [FILE…]",
     "answer one question from your files, their analyses and the knowledge",
     "  --json        print the answer with its citations as JSON\n"
     "  --model NAME  ask this model: NAME, PROVIDER/NAME, auto, or sources for none\n"
     "  --local       read the files here, without a server and without a model\n"
     "  --private     addresses and names leave for a provider as stand-ins only\n"
     "The files are uploaded, and the answer waits for their analyses. Without a server they are\n"
     "read here. An archive stands for the files in it.\n"},
    {"keys", command_keys,
     "[--json] add PROVIDER [--name NAME] [--expires TIME] [--endpoint URL] [--deployment NAME]"
     " [--api-version VERSION] [--base-url URL] [--model MODEL] |"
     " list | test KEY | rename KEY NAME | disable KEY | enable KEY | delete KEY |"
     " rotate | generate",
     "add, list, test and change your API keys for language models; rotate the encryption keys",
     "  add       PROVIDER is openai, anthropic, azure or local. Asks for the key, or takes\n"
     "            NETGURU_API_KEY or a pipe. azure needs --endpoint and --deployment,\n"
     "            local needs --base-url\n"
     "  KEY       the id or the name of a key\n"
     "  test      ask the provider whether it accepts the key\n"
     "  rotate    for the operator: encrypt all values again with the first encryption key;\n"
     "            can be interrupted and run again, while the servers run\n"
     "  generate  print a new encryption key\n"},
    {"tokens", command_tokens,
     "[--json] add NAME [--scopes SCOPES] [--expires TIME] | list | revoke TOKEN",
     "create, list and revoke personal access tokens, for programs and MCP clients",
     "  --scopes SCOPES  of read, chat, write, mcp, with commas between (read,mcp)\n"
     "  --expires TIME   a time like 2027-01-31T12:00:00Z, or never (in 90 days)\n"
     "  TOKEN            the id or the name of a token\n"
     "A token is shown once, when it is created.\n"},
    {"mcp", command_mcp, "[--local] [FOLDER…]",
     "serve MCP clients on standard input and output, without a server",
     "  --local  only local files, also when you are logged in to a server\n"
     "  FOLDER   whose files the tools read; otherwise the roots of the client, or the current\n"
     "           folder\n"
     "After netguru login, the documents and tools of the server are there too.\n"},
    {"conversations", command_conversations,
     "[--json] [list | show ID | rename ID TITLE | delete ID | export ID |"
     " search [--limit N] WORD…]",
     "list, show, rename, delete, export or search conversations",
     "  export        print the conversation as Markdown, or with --json as JSON\n"
     "  --limit N     print at most N hits, 1 to 100 (10)\n"},
    {"usage", command_usage, "[--json] [--days N]", "show how many tokens you have used",
     "  --days N  show the last N days, 1 to 366 (7)\n"},
    {"serve", command_serve, "", "run the HTTP server", NULL},
    {"work", command_work, "", "run the background jobs", NULL},
    {"migrate", command_migrate,
     "[--json] upgrade [REV] [--sql] | downgrade REV [--sql] | current | history | heads |"
     " stamp REV |"
     " check [--sql] [--scratch URL] | plan [REV] [--downgrade] [--scratch URL] |"
     " rehearse [REV] [--dump | --from-backup [FILE]] |"
     " revision -m TEXT [--autogenerate] [--dir DIR] [--scratch URL] |"
     " export-alembic DIR",
     "upgrade or downgrade the database schema, try it out first, or compare it",
     "  REV: head, base, 003, 003_add_documents_embeddings, +1, -1; with --sql also FROM:TO\n"
     "  upgrade         run the steps up to REV (head); each is one transaction\n"
     "  downgrade       undo the steps after REV; it deletes data without asking\n"
     "  stamp           write the revision without running anything\n"
     "  check           compare the database with what the migrations give\n"
     "  plan            show SQL, locks, rows and a time for each step, without running it\n"
     "  rehearse        upgrade a copy of the database, time it, check it, drop it\n"
     "  revision        write the two files of a new step\n"
     "  export-alembic  write a project for Alembic with the same revisions\n"
     "  --sql           print SQL for psql, run nothing; check prints what repairs the database\n"
     "  --downgrade     plan a downgrade to REV\n"
     "  --dump          copy by pg_dump, which works while the service runs\n"
     "  --from-backup   restore the last backup instead, or FILE: its name or its path\n"
     "  --autogenerate  write what the database has and the migrations do not give\n"
     "  --dir DIR       the folder of the migrations (migrations)\n"
     "  --scratch URL   an empty, provisioned database, for a role that cannot make one\n"
     "  --json          print JSON\n"
     "Exit status: 0 done; 1 a statement failed; 2 wrong arguments or unknown revision; 3 rights\n"
     "are missing; 5 another migration runs, the database is newer, has several heads or differs;\n"
     "7 a lock, the server or the connection is unavailable, try again; 130 interrupted.\n"},
    {"user", command_user,
     "[--json] create EMAIL [--plan PLAN] [--superuser] [--replace] |"
     " change EMAIL [--plan PLAN] [--superuser | --no-superuser] |"
     " disable EMAIL | enable EMAIL | list",
     "create, change, disable or enable an account, or list all accounts",
     "  --plan PLAN   solo (the default), team or enterprise\n"
     "  --superuser   give the account administrator rights\n"
     "  --replace     if the account exists, set its password and end its sessions\n"
     "  change        set the plan or the rights; they apply to open sessions at once\n"
     "  disable       forbid logins and end the sessions of the account\n"
     "create asks for the password, or takes NETGURU_PASSWORD.\n"},
    {"admin", command_admin,
     "[--reason TEXT] [--limit N | --all] [--json] users [--search TEXT] | user USER |"
     " plan USER PLAN | enable USER | disable USER |"
     " erase USER [--now] | usage USER [--days N] | sessions USER | end-session USER ID |"
     " end-sessions USER | jobs [--status STATUS] [--queue QUEUE] [--dead] [--user USER] | job ID |"
     " retry ID | cancel ID | retry-dead [--queue QUEUE] | purge-dead [--queue QUEUE] [--days N] |"
     " knowledge | settings | statistics | documents USER | text USER ID | conversations USER |"
     " messages USER ID",
     "look after users, jobs and knowledge; each look and act is in the audit log",
     "  USER           an e-mail address or an id\n"
     "  --reason TEXT  say why; it is written into the audit log\n"
     "  --limit N      list at most N rows, 1 to 1000 (50)\n"
     "  --all          list all rows\n"
     "  --json         print the whole answer\n"
     "  erase          close the account; it is erased after NETGURU_ERASE_AFTER_DAYS,\n"
     "                 or with --now within a minute. enable takes it back until then\n"
     "  purge-dead     delete jobs that used up their attempts more than N days ago (30)\n"
     "  documents, text, conversations, messages need a consent of the user\n"},
    {"audit", command_audit,
     "[--json] verify [--head HEAD] | head |"
     " list [--user USER] [--action ACTION] [--limit N | --all]",
     "check the chain of the audit log, print its end, or list it",
     "  verify  compute every digest again; exit status 1 if the chain is broken\n"
     "  head    print the end of the chain, to be kept elsewhere: verify --head finds out whether\n"
     "          the log was cut off or written anew since then\n"},
    {"knowledge", command_knowledge, "ingest DIR [--prune] | list [--json] | remove NAME",
     "ingest the files of DIR as global knowledge, list it, or remove a file",
     "  --prune  also remove knowledge that has no file in DIR\n"
     "The name of a file is its path below DIR. Ingesting the same name replaces it.\n"},
    {"statements", command_statements, "[--json | NAME]",
     "list the SQL statements of this program, with the role that runs each and what it uses",
     NULL},
    {"embeddings", command_embeddings,
     "[--json] [list | add DIRECTORY [--name NAME] | fill | pause NAME | resume NAME |"
     " compare NAME [--questions FILE] | switch NAME | rollback | drop NAME]",
     "change the embedding model while the servers run",
     "  add       begin a generation: the vectors that another model makes of all chunks\n"
     "  fill      compute the vectors that are missing; netguru up runs it every 5 minutes\n"
     "  pause, resume   stop the filling of a generation, and go on\n"
     "  compare   compare what a generation and the active one find\n"
     "  --questions FILE  by these questions over the knowledge, one a line; a tab and the name\n"
     "            of the file that answers may follow\n"
     "  switch    let searches use a generation that is ready\n"
     "  rollback  go back to the one before\n"
     "  drop      delete a generation that searches do not use\n"},
    {"maintain", command_maintain, "", "build the vector indexes that large accounts need",
     "Run it from a timer; netguru up runs it every 5 minutes. Prints each index that it\n"
     "builds or drops.\n"},
    {"backup", command_backup,
     "[--json] create | list | verify [NAME] [--quick] | restore NAME [--replace]"
     " [--confirm WORDS] [--user EMAIL] | prune [--dry-run] | due | schedule |"
     " pitr-config [--repository DIR]",
     "back up the installation, prove a backup, restore it",
     "  create        write an archive into the store (NETGURU_BACKUP_STORE)\n"
     "  list          list the backups with their last proofs\n"
     "  verify        restore a backup into a scratch database and compare everything\n"
     "  --quick       read the archive only: all digests and the signature\n"
     "  restore       bring everything back; netguru up must not run\n"
     "  --replace     restore although the database is not empty; asks for confirmation\n"
     "  --confirm WORDS  confirm without being asked\n"
     "  --user EMAIL  bring back only what is missing of one user, while the servers run\n"
     "  prune         delete all but 7 daily, 4 weekly and 12 monthly backups\n"
     "  --dry-run     only say which\n"
     "  due           create, verify and prune if the daily backup is due; for timers\n"
     "  schedule      print a systemd service and timer\n"
     "  pitr-config   print a configuration of pgBackRest for recovery to a point in time\n"
     "NAME is a name, the start of one, or latest. Exit status: 0 done, 2 wrong use or a damaged\n"
     "archive, 4 no such backup, 5 refused (not empty, in use, a missing key, a newer schema, a\n"
     "proof that failed), 7 a server or store is away, or the disk is full.\n"},
    {"restore", command_restore, "[--json] NAME [--replace] [--confirm WORDS] [--user EMAIL]",
     "restore a backup: short for netguru backup restore", NULL},
    {"doctor", command_doctor, "[--only CHECK,…] [--json] [--fix [--dry-run]]",
     "report what is missing or wrong, and how to fix it",
     "Each finding names its cause and the command that fixes it. Nothing is changed without\n"
     "--fix; the schema is compared in a scratch database, which is dropped.\n"
     "  --only     run these checks only: the second column of the report, commas between\n"
     "  --json     print the findings as JSON\n"
     "  --fix      fix what is safe, and say what was done: docs/operations.md lists it\n"
     "  --dry-run  with --fix, only say what it would fix\n"
     "Exit status: 0 no errors (there may be warnings), 1 an error, or a check that could not\n"
     "run, 2 wrong use.\n"},
    {"top", command_top, "[--server URL] [--interval SECONDS] [--once] [--json]",
     "show what a running server does, live on the terminal",
     "Requests, chat, queues, workers, PostgreSQL, Redis, and the alerts whose condition is true\n"
     "now. Keys: q quits, p pauses and goes on, space refreshes.\n"
     "  --server    address of serve; default NETGURU_HTTP_ADDRESS. Another machine's needs\n"
     "              NETGURU_METRICS_TOKEN\n"
     "  --interval  seconds between two looks, 1 to 3600; default 2\n"
     "  --once      look twice, print one picture as plain text, and end; so does output that is\n"
     "              no terminal\n"
     "  --json      the same as JSON\n"},
    {"check", command_check, "[--server URL] --sample DIR EMAIL",
     "test a running server end to end and print a report", NULL},
    {"completion", command_completion, "bash | zsh | fish",
     "print a script that completes commands, options and their values in a shell",
     "  bash  add to ~/.bashrc: source <(netguru completion bash)\n"
     "  zsh   netguru completion zsh >~/.zfunc/_netguru, where ~/.zfunc is in fpath\n"
     "  fish  netguru completion fish >~/.config/fish/completions/netguru.fish\n"},
    {"man", command_man, "", "print the manual page: netguru man | man -l -", NULL},
    {"complete", command_complete, "WORD…", NULL, NULL},
    {"parse", command_parse, "VERB", NULL, NULL},
    {"help", command_help, "[COMMAND | settings | exit-status]",
     "show this list, the usage of a command, all settings, or the exit statuses", NULL},
    {"version", command_version, "", "print the version", NULL},
    {0},
};

const CommandRow *command_rows(void)
{
    return commands;
}

const CommandRow *command_find_row(Str name)
{
    for (const CommandRow *row = commands; row->name; row++) {
        if (str_equal(name, str_of(row->name)))
            return row;
    }
    return NULL;
}

bool command_outlives_reader(const CommandRow *row)
{
    static CommandMain *const lasting[] = {
        command_up,     command_serve,    command_work,      command_migrate,
        command_backup, command_restore,  command_knowledge, command_check,
        command_upload, command_maintain, command_mcp,       command_doctor,
        command_keys,   command_parse,    command_user,      command_admin,
    };
    for (size_t i = 0; i < COUNT_OF(lasting); i++) {
        if (row->run == lasting[i])
            return true;
    }
    return false;
}

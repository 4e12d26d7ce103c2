/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/glossary.h"

#include "base/ascii.h"
#include "base/json.h"
#include "base/map.h"
#include "base/strbuf.h"

enum { WORD_MAX_BYTES = 40, ENGLISH_MAX_BYTES = 16 * 1024, JSON_MAX_BYTES = 64 * 1024 };

/* The first English word replaces the Portuguese one; all of them are looked up. */
typedef struct {
    const char *portuguese;
    const char *english;
} Entry;

static const Entry entries[] = {
    {"acesso", "access"},
    {"adjacencia", "adjacency"},
    {"agregacao", "aggregation lag"},
    {"alcancavel", "reachable"},
    {"alerta", "alert alarm"},
    {"alimentacao", "power supply"},
    {"alteracao", "change"},
    {"anuncia", "announces advertise"},
    {"anunciar", "announce advertise"},
    {"anuncio", "announcement advertisement"},
    {"aparelho", "device"},
    {"armazenamento", "storage"},
    {"arquivo", "file"},
    {"atraso", "delay latency"},
    {"atualizacao", "upgrade update"},
    {"autenticacao", "authentication"},
    {"bateria", "battery"},
    {"bloqueia", "denies deny block"},
    {"bloqueado", "blocked denied"},
    {"bloquear", "block deny"},
    {"bloqueio", "lock block deny"},
    {"cabo", "cable"},
    {"caiu", "down fell"},
    {"caem", "fall down"},
    {"cair", "fall down"},
    {"camada", "layer"},
    {"caminho", "path route"},
    {"canal", "channel"},
    {"capacidade", "capacity"},
    {"captura", "capture"},
    {"carga", "load"},
    {"causa", "cause"},
    {"certificado", "certificate"},
    {"chave", "key"},
    {"chamado", "ticket"},
    {"cliente", "client customer"},
    {"codigo", "code"},
    {"comunidade", "community"},
    {"concentrador", "concentrator gateway"},
    {"conectado", "connected"},
    {"conexao", "connection session"},
    {"configuracao", "configuration config"},
    {"configurado", "configured"},
    {"congelamento", "freeze"},
    {"contador", "counter"},
    {"conta", "account"},
    {"contrato", "contract"},
    {"controlador", "controller"},
    {"custo", "cost"},
    {"defeito", "fault defect"},
    {"derruba", "resets drops"},
    {"desativado", "disabled shutdown"},
    {"descartado", "dropped discarded"},
    {"descarte", "drop discard"},
    {"descricao", "description"},
    {"desligado", "down shutdown"},
    {"destino", "destination"},
    {"dispositivo", "device"},
    {"disco", "disk"},
    {"distribuicao", "distribution"},
    {"divergencia", "mismatch"},
    {"dono", "owner"},
    {"duplicado", "duplicate"},
    {"encaminhador", "router"},
    {"encaminhamento", "forwarding routing"},
    {"encerra", "ends closes resets"},
    {"encerrou", "closed ended reset"},
    {"endereco", "address"},
    {"energia", "power"},
    {"entrada", "input in inbound"},
    {"entregue", "delivered assigned"},
    {"enlace", "link"},
    {"envia", "sends send"},
    {"enviam", "send"},
    {"equipamento", "device equipment"},
    {"equipe", "team"},
    {"erro", "error"},
    {"espelhamento", "mirror span"},
    {"estado", "state status"},
    {"excedeu", "exceeded"},
    {"expirou", "expired"},
    {"faixa", "range"},
    {"falha", "failure fault"},
    {"falhou", "failed faulty fail"},
    {"falta", "missing lack"},
    {"fila", "queue"},
    {"filtro", "filter"},
    {"fio", "wire"},
    {"fonte", "supply source power"},
    {"fornecedor", "supplier vendor"},
    {"garantia", "warranty"},
    {"grupo", "group"},
    {"hospedeiro", "host"},
    {"imagem", "image"},
    {"impressora", "printer"},
    {"inacessivel", "unreachable"},
    {"incidente", "incident"},
    {"instabilidade", "instability flapping flap"},
    {"inventario", "inventory"},
    {"janela", "window"},
    {"lista", "list"},
    {"largura", "width"},
    {"lento", "slow"},
    {"lentidao", "slowness delay"},
    {"ligacao", "link connection"},
    {"ligado", "connected up"},
    {"limite", "limit maximum"},
    {"local", "local location"},
    {"localizacao", "location"},
    {"manutencao", "maintenance"},
    {"maquina", "machine host"},
    {"marcacao", "marking"},
    {"marcado", "marked"},
    {"maximo", "maximum"},
    {"memoria", "memory"},
    {"mensagem", "message"},
    {"metrica", "metric"},
    {"minimo", "minimum"},
    {"modelo", "model"},
    {"mudanca", "change"},
    {"nativa", "native"},
    {"negado", "denied"},
    {"nome", "name"},
    {"numero", "number"},
    {"nuvem", "cloud"},
    {"operadora", "carrier provider"},
    {"origem", "source origin"},
    {"pacote", "packet"},
    {"padrao", "default"},
    {"parceiro", "partner"},
    {"perda", "loss"},
    {"permissao", "permission permit"},
    {"permite", "permits permit allow"},
    {"permitido", "permitted allowed"},
    {"pertence", "belongs"},
    {"placa", "card"},
    {"plantao", "duty"},
    {"plano", "plan"},
    {"politica", "policy"},
    {"ponto", "point"},
    {"porta", "port"},
    {"prefixo", "prefix"},
    {"preferencia", "preference"},
    {"prioridade", "priority"},
    {"problema", "problem"},
    {"processador", "processor cpu"},
    {"proximo", "next"},
    {"qual", "which"},
    {"quais", "which"},
    {"quando", "when"},
    {"quanto", "how"},
    {"quantos", "how"},
    {"quantas", "how"},
    {"queda", "outage down"},
    {"quem", "who"},
    {"onde", "where"},
    {"raiz", "root"},
    {"ramal", "extension telephone"},
    {"rede", "network"},
    {"redundancia", "redundancy"},
    {"registro", "log record registration"},
    {"reinicia", "reloads restarts reload"},
    {"reinicio", "reload restart"},
    {"reiniciou", "reloaded restarted reload"},
    {"relogio", "clock time"},
    {"renova", "renews renew"},
    {"renovar", "renew"},
    {"repetidor", "repeater"},
    {"reserva", "spare backup"},
    {"responsavel", "responsible owner"},
    {"resposta", "response answer"},
    {"rota", "route"},
    {"roteador", "router"},
    {"roteamento", "routing"},
    {"saida", "output out outbound"},
    {"saiu", "left"},
    {"salto", "hop"},
    {"seguranca", "security"},
    {"senha", "password"},
    {"serie", "serial"},
    {"servidor", "server"},
    {"servico", "service"},
    {"sessao", "session"},
    {"sistema", "system"},
    {"sitio", "site"},
    {"subrede", "subnet"},
    {"substitui", "replaces"},
    {"tabela", "table"},
    {"tamanho", "size"},
    {"taxa", "rate"},
    {"tecnico", "technician"},
    {"telefone", "telephone phone"},
    {"telefonia", "telephony voice"},
    {"tempo", "time"},
    {"temperatura", "temperature"},
    {"trafego", "traffic"},
    {"troca", "exchange replacement change"},
    {"tronco", "trunk"},
    {"usuario", "user"},
    {"vazamento", "leak"},
    {"velocidade", "speed bandwidth"},
    {"vence", "expires"},
    {"venceu", "expired"},
    {"ventilador", "fan"},
    {"versao", "version"},
    {"vigilancia", "surveillance"},
    {"vizinho", "neighbor"},
    {"vizinhanca", "neighborhood adjacency"},
    {"voz", "voice"},
};

/* Plain letters of U+00C0 to U+00FF, as search_words of the database folds them; '\0': none. */
static const char plain_letters[64] = "aaaaaa\0ceeeeiiii\0nooooo\0\0uuuuy\0\0"
                                      "aaaaaa\0ceeeeiiii\0nooooo\0\0uuuuy\0y";

/* Writes the word in lower case and without accents. Returns an empty word if it is too long. */
static Str fold(Str word, char out[WORD_MAX_BYTES])
{
    size_t size = 0;
    for (size_t i = 0; i < word.size; i++) {
        char byte = word.data[i];
        if (size == WORD_MAX_BYTES)
            return STR("");
        bool is_latin = (unsigned char)byte == 0xC3 && i + 1 < word.size;
        char plain = is_latin ? plain_letters[(unsigned char)word.data[i + 1] & 0x3F] : '\0';
        i += plain != '\0';
        out[size++] = plain ? plain : ascii_to_lower(byte);
    }
    return (Str){out, size};
}

static bool is_word_byte(char byte)
{
    return ascii_is_letter(byte) || ascii_is_digit(byte) || ((unsigned char)byte & 0x80) ||
           byte == '-' || byte == '_' || byte == '.' || byte == '/' || byte == ':';
}

/* Takes what precedes the next word and the word off *rest. */
static bool next_word(Str *rest, Str *out_before, Str *out_word)
{
    size_t start = 0;
    while (start < rest->size && !is_word_byte(rest->data[start]))
        start++;
    size_t end = start;
    while (end < rest->size && is_word_byte(rest->data[end]))
        end++;
    if (end == start)
        return false;
    size_t word_end = end;
    while (word_end > start && strchr(".:-/", rest->data[word_end - 1]))
        word_end--;
    size_t taken = word_end > start ? word_end : end;
    *out_before = str_slice(*rest, 0, word_end > start ? start : end);
    *out_word = str_slice(*rest, start, word_end - start);
    *rest = str_from(*rest, taken);
    return true;
}

/* Returns whether the folded word is base, in the singular or the plural of Portuguese or English.
 */
static bool is_form_of(Str word, Str base)
{
    static const char *const endings[][2] = {
        {"", ""}, {"s", ""}, {"es", ""}, {"oes", "ao"}, {"ais", "al"}, {"ies", "y"}, {"ns", "m"},
    };
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        Str plural = str_of(endings[i][0]);
        Str singular = str_of(endings[i][1]);
        if (!str_ends_with(word, plural) || !str_ends_with(base, singular))
            continue;
        if (str_equal(str_slice(word, 0, word.size - plural.size),
                      str_slice(base, 0, base.size - singular.size)))
            return true;
    }
    return false;
}

static const Entry *find_portuguese(Str folded)
{
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        if (is_form_of(folded, str_of(entries[i].portuguese)))
            return &entries[i];
    }
    return NULL;
}

static Str first_word(const char *words)
{
    Str rest = str_of(words);
    Str word = STR("");
    return str_next_word(&rest, &word) ? word : STR("");
}

Str glossary_english(Arena *arena, Str text)
{
    char folded[WORD_MAX_BYTES];
    Str rest = text, before, word;
    size_t replaced = 0;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, ENGLISH_MAX_BYTES);
    for (size_t i = 0; i < GLOSSARY_MAX_WORDS && next_word(&rest, &before, &word); i++) {
        const Entry *entry = find_portuguese(fold(word, folded));
        strbuf_append(&out, before);
        strbuf_append(&out, entry ? first_word(entry->english) : word);
        replaced += entry != NULL;
    }
    strbuf_append(&out, rest);
    return replaced && !out.overflowed ? arena_copy(arena, strbuf_str(&out)) : text;
}

static bool is_english_of(Str folded, const char *words)
{
    Str rest = str_of(words), word;
    while (str_next_word(&rest, &word)) {
        if (is_form_of(folded, word))
            return true;
    }
    return false;
}

static void write_alternatives(JsonWriter *json, Str folded)
{
    bool opened = false;
    const Entry *portuguese = find_portuguese(folded);
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        bool from_portuguese = portuguese == &entries[i];
        if (!from_portuguese && (portuguese || !is_english_of(folded, entries[i].english)))
            continue;
        if (!opened) {
            json_key_str(json, folded);
            json_begin_array(json);
            opened = true;
        }
        Str rest = from_portuguese ? str_of(entries[i].english) : str_of(entries[i].portuguese);
        Str word;
        while (str_next_word(&rest, &word))
            json_str(json, word);
    }
    if (opened)
        json_end(json);
}

Str glossary_alternatives(Arena *arena, Str text)
{
    char folded[WORD_MAX_BYTES];
    Str rest = text, before, word, object;
    Map written = {0};
    JsonWriter *json = json_writer_new(arena, JSON_MAX_BYTES);
    json_begin_object(json);
    for (size_t i = 0; i < GLOSSARY_MAX_WORDS && next_word(&rest, &before, &word); i++) {
        Str key = arena_copy(arena, fold(word, folded));
        if (map_get_index(&written, key) != MAP_NO_INDEX)
            continue;
        map_put_index(arena, &written, key, i);
        write_alternatives(json, key);
    }
    json_end(json);
    return json_writer_text(json, &object) ? object : STR("{}");
}
